"""The doctor's sentences in English: for each code a title, evidence (by case) and a remedy (by case where it differs).

`korean` has the same keys and the same numbers; a test holds them together.
"""

from __future__ import annotations

from typing import Final

TITLE: Final[dict[str, str]] = {
    "not-finite": "NaN or infinity before anything is computed",
    "labels-out-of-range": "Labels outside 0 to 1",
    "labels-shuffled": "The labels do not stay with their rows",
    "integer-targets": "Labels are whole numbers, and the loss wants floating-point ones",
    "dtype-mismatch": "Two number types that do not mix",
    "shape-mismatch": "(N,) against (N, 1)",
    "does-not-run": "The loop does not run",
    "logits-to-bce": "Logits given to a loss for probabilities",
    "probabilities-to-logit-loss": "Probabilities given to a loss for logits",
    "sigmoid-twice": "The sigmoid is applied twice",
    "swapped-arguments": "The loss is given its arguments in the wrong order",
    "cost-without-minus": "The cost lacks its minus sign",
    "sigmoid-without-minus": "The sigmoid lacks its minus sign",
    "saturation": "Saturated sigmoid, or log 0",
    "no-gradient": "No gradient reaches the weights",
    "parameters-not-held": "Parameters the optimizer does not hold",
    "model-rebuilt": "The model is made anew inside the loop",
    "missing-zero-grad": "zero_grad is missing",
    "zero-grad-too-late": "Gradients are erased before the step",
    "missing-backward": "backward is missing",
    "missing-step": "step is missing",
    "learning-rate-climbs": "The learning rate is too large: the loss climbs",
    "learning-rate-crawls": "The learning rate is too small: the loss crawls",
    "half-precision": "Weights in half precision",
    "tf32": "Matrix products may be rounded (TF32)",
    "slow-loader": "The DataLoader costs more than the arithmetic",
    "columns-of-different-scale": "Columns of very different scale",
    "class-imbalance": "One class is rare",
    "one-class": "Only one class",
    "separable": "The classes are separated",
}

EVIDENCE: Final[dict[str, str]] = {
    "not-finite": "{name} holds {count} values that are NaN or infinite; one is enough to turn every weight into NaN.",
    "not-finite/weights": "The parameter {name} holds {count} values that are NaN or infinite: an earlier run broke "
    "it.",
    "labels-out-of-range": "{count} of {n} labels lie outside 0 to 1 (from {low:g} to {high:g}: {shown}). There "
    "cross-entropy has no floor: the loss can fall below 0 for ever, and means nothing.",
    "labels-out-of-range/two": "The labels are {shown}, and not 0 and 1. On {count} of {n} rows cross-entropy has no "
    "floor: the loss can fall below 0 for ever, and means nothing.",
    "labels-shuffled": "{moved} of the {again} times a row came again, it came with another label: x and y are "
    "shuffled each on its own, and there is nothing to learn.",
    "integer-targets": "y is {dtype}, and this loss raises an error on it; with floating-point labels it runs.",
    "integer-targets/wraps": "y is {dtype}, and the loss comes out different from the same labels as floating-point "
    "numbers: whole numbers without a sign wrap around below 0.",
    "dtype-mismatch": "{name} is {came} where {expected} is expected, and torch raises an error instead of converting.",
    "shape-mismatch/raises": "The module returns {out} and y is {y}; the loss refuses the pair.",
    "shape-mismatch/spread": "The module returns {out} and y is {y}: torch spreads them into {n} x {n} = {pairs} "
    "pairs, every output against every label. Each row is pulled towards the mean label, and none learns its own.",
    "shape-mismatch/loop": "The module returns {out} and y is {y}, but on the way to the loss one of them changes its "
    "shape (by a squeeze or a reshape) and the other does not: every output meets every label, {n} x {n} = {pairs} "
    "pairs.",
    "does-not-run/module": "The module raises an error on these rows: {error}",
    "does-not-run/loss": "The loss raises an error on the module's outputs: {error}",
    "logits-to-bce": "The loss takes the log of its input, so it expects probabilities. The module returns logits: "
    "today they lie between {low:.3g} and {high:.3g}, but nothing keeps them within 0 and 1.",
    "logits-to-bce/outside": "The loss takes the log of its input, so it expects probabilities. The module returns "
    "logits, from {low:.3g} to {high:.3g}: {outside} of {n} lie outside 0 to 1, where that loss is an error or NaN.",
    "probabilities-to-logit-loss": "The module ends in a sigmoid (outputs from {low:.3g} to {high:.3g}), and the loss "
    "applies one of its own. To the loss every row's probability lies between 0.5 and 0.731, and it cannot fall below "
    "0.313 on a row of class 1 or 0.693 on a row of class 0.",
    "probabilities-to-logit-loss/loop": "The loop applies a sigmoid to the outputs, and the loss applies one of its "
    "own. To the loss every row's probability lies between 0.5 and 0.731.",
    "sigmoid-twice/module": "The module's outputs cannot leave 0.5 to 0.731, which is what a sigmoid makes of 0 to 1: "
    "it has two sigmoids, one after the other. No row can ever be called 0.",
    "sigmoid-twice/loss": "The module ends in a sigmoid, and before the loss takes its log a second one is applied. "
    "What comes out cannot leave 0.5 to 0.731, so no row can ever be called 0.",
    "swapped-arguments": "The labels (from {low:g} to {high:g}) come where the loss takes outputs, and the outputs "
    "({outs}, ...) where it takes labels: so the loss is a straight line in the outputs, and has no minimum.",
    "cost-without-minus": "Outputs that are right cost {right:.4g}, and the same outputs on the wrong side "
    "{wrong:.4g}: whoever goes down this cost goes away from the labels.",
    "sigmoid-without-minus": "On all {rows} rows tried H falls where Wx + b rises: 1 / (1 + exp(Wx + b)) is 1 - H. The "
    "loop learns, but W and b with the opposite sign, and Wx + b > 0 means class 0.",
    "sigmoid-without-minus/loss": "The loss squeezes the outputs by 1 / (1 + exp(z)), which falls where z rises: "
    "outputs on the right side cost {right:.4g}, on the wrong side {wrong:.4g}. The model learns the opposite of its "
    "labels.",
    "saturation/not-finite": "The loss is {loss} while every output is finite: {flat} of {n} outputs are so far out "
    "that the sigmoid rounds to exactly 0 or 1, and the log of 0 is minus infinity.",
    "saturation/stuck": "On {wrong} of {n} rows the sigmoid is at 0 or 1, and at the wrong one. It is flat there: "
    "these rows have no gradient left, and cannot correct the weights.",
    "saturation/hidden": "{share:.0f} % of a hidden layer's {name} outputs are at their limits, where the curve is "
    "flat: hardly any gradient gets through to the layers before it.",
    "saturation/later": "The loss goes {series} and ends as {last}, though no step is too large: the sigmoid  rounds "
    "to exactly 0 or 1, and the loss meets log 0.",
    "no-gradient/frozen": "No parameter of the module requires a gradient.",
    "no-gradient/tensors": "None of the tensors the loop trains requires a gradient.",
    "no-gradient/loss": "The loss is the same number whatever the module returns, as cross-entropy over a single "
    "class (nn.CrossEntropyLoss on one output) always is.",
    "no-gradient/output": "The module returns the same number whatever its weights, as a softmax over a single output "
    "always does.",
    "no-gradient/cut": "The loss does not depend on any weight: somewhere between them the graph is cut, by detach(), "
    ".data, no_grad(), or a comparison such as (h > 0.5).float().",
    "no-gradient/saddle": "Every gradient is exactly 0 where the weights stand, and elsewhere it is not: they started "
    "all equal, and hidden units that are equal stay equal.",
    "parameters-not-held": "The optimizer holds all but {missing} of {all} parameters; it will never move {names}.",
    "parameters-not-held/none": "The optimizer holds none of the module's {all} parameters ({names}): it moves those "
    "of another module, perhaps of the same one before it was made anew.",
    "parameters-not-held/unknown": "The outputs depend on {missing} tensors (of shape {shapes}) that "
    "model.parameters() does not list, so the optimizer will never move them: layers in a plain list, or weights that "
    "are no nn.Parameter.",
    "parameters-not-held/unreached": "In {steps} steps backward never reached a parameter the optimizer holds: what "
    "is trained and what is stepped are two different things.",
    "model-rebuilt": "In {steps} steps the loss came from {built} freshly made modules, and not from the one being "
    "watched. Each starts from random weights, and the optimizer holds none of them.",
    "model-rebuilt/tensors": "In {steps} turns the loss came {built} times from freshly made weights, and not from the "
    "ones being watched: each time training starts anew.",
    "model-rebuilt/rewritten": "Before {times} of {steps} forward passes somebody had overwritten the weights since "
    "the last step, by more than the step itself: each epoch starts anew.",
    "parameters-not-held/tensors": "The optimizer holds all but {missing} of the {all} tensors the loss depends on; it "
    "will never move {names}.",
    "parameters-not-held/more": "The loss depends on {missing} more tensors (of shape {shapes}) than the optimizer was "
    "given: it will never move them.",
    "missing-zero-grad": "{times} of {steps} times backward added to gradients the optimizer had already used (first "
    "at step {first}). Each step then repeats all the earlier ones, as if it had a momentum nobody asked for.",
    "zero-grad-too-late": "{times} of {steps} steps found no gradient, though backward had just filled them in: "
    "zero_grad stands between backward and step.",
    "missing-backward": "The optimizer took {steps} steps, and backward was never called: there was nothing to step "
    "by.",
    "missing-step": "backward was called {backwards} times, and no optimizer took a step: the weights never moved.",
    "learning-rate-climbs": "lr = {lr:g}, and the largest stable step here is {limit:.3g} (2 / L, with L the largest "
    "curvature of the cost). The loss goes {series}",
    "learning-rate-climbs/seen": "With lr = {lr:g} the loss climbs instead of falling: {series}",
    "learning-rate-climbs/batches": "With lr = {lr:g}, {ups} of the {probes} steps looked at raised the loss on the "
    "very rows they were made from.",
    "learning-rate-crawls": "lr = {lr:g}, and the largest stable step here is {limit:.3g} (2 / L). The loss goes from "
    "{first:.4g} to {last:.4g} in {steps} steps; half the largest step brings it to {mended:.4g} in {trial}. {epochs} "
    "epochs will not do.",
    "learning-rate-crawls/other": "With lr = {lr:g} the loss goes from {first:.4g} to {last:.4g} in {steps} steps; "
    "plain gradient descent with a stable step brings it to {mended:.4g} in {trial}. {epochs} epochs will not do.",
    "learning-rate-crawls/schedule": "The schedule takes lr from {lr:g} down to {end:.2g} in {steps} steps, and what "
    "is left moves nothing: the loss goes from {first:.4g} to {last:.4g}, where plain gradient descent with a stable "
    "step comes to {mended:.4g} in {trial}.",
    "half-precision": "{name} is {dtype}, which tells two numbers apart only if they differ by {eps:.1g} of their "
    "size: a smaller step is rounded away, and a sigmoid reaches exactly 1 early.",
    "tf32": "{setting}: on this device ({device}) float32 products keep as few as 10 bits, 3 digits instead of 7.",
    "tf32/elsewhere": "{setting}: where the hardware offers it, float32 products keep as few as 10 bits, 3 digits "
    "instead of 7. The module is on {device} now.",
    "slow-loader/workers": "The loader takes {wait:.3g} ms to start its {workers} workers, in every epoch anew, and "
    "an epoch's arithmetic takes {work:.3g} ms.",
    "slow-loader": "A batch takes {wait:.3g} ms to come and {work:.3g} ms to compute with ({batches} batches): "
    "{ratio:.0f} times as long.",
    "columns-of-different-scale": "Column {at} is of size {large:.3g} and column {low} of size {small:.3g}, "
    "{ratio:.3g} times smaller. A step that suits the one is far too large or far too small for the other.",
    "columns-of-different-scale/large": "Column {at} is of size {large:.3g}, beside the 1 that the bias is multiplied "
    "by. A step small enough for its weight hardly moves the bias.",
    "columns-of-different-scale/small": "Column {low} is of size {small:.3g}, beside the 1 that the bias is "
    "multiplied by. A step that suits the bias hardly moves its weight.",
    "class-imbalance": "{share:.2g} % of the rows are of class {label}. Whoever always says {other} is right "
    "{accuracy:.4g} % of the time, so accuracy says little.",
    "one-class": "All {rows} labels are {label:g}: there is nothing to tell apart.",
    "separable": "{terms}: some line puts every row on its own side, so the steeper the sigmoid the smaller the loss. "
    "The weights grow for as long as the loop runs.",
}

REMEDY: Final[dict[str, str]] = {
    "not-finite": "Drop those rows or fill them in: torch.isfinite(x).all() should be True.",
    "not-finite/weights": "Make the module anew, and mend what broke it before training again.",
    "labels-out-of-range": "Bring the labels to 0 to 1: percentages as y / 100.",
    "labels-out-of-range/two": "Make them 0 and 1: labels 1 and 2 as y - 1, labels -1 and 1 as (y + 1) / 2.",
    "labels-shuffled": "Draw one order and use it for both: i = torch.randperm(len(x)); x[i], y[i]. Or let a "
    "DataLoader over TensorDataset(x, y) shuffle.",
    "integer-targets": "Pass y.float().",
    "dtype-mismatch": "Convert once, before the loop: {name} = {name}.to(torch.{expected}).",
    "shape-mismatch": "Give both one shape: y = y.reshape({like}), or squeeze the outputs.",
    "shape-mismatch/loop": "Squeeze both of them or neither.",
    "does-not-run": "Mend this first, then ask again.",
    "logits-to-bce": "Take nn.BCEWithLogitsLoss(), which has the sigmoid inside; or end the module in nn.Sigmoid(). "
    "One of the two.",
    "probabilities-to-logit-loss": "Drop the sigmoid and keep nn.BCEWithLogitsLoss(), the safer way; or keep it and "
    "take nn.BCELoss(). One of the two.",
    "sigmoid-twice": "Take one of the two sigmoids out.",
    "swapped-arguments": "Outputs first, labels second: loss_fn(output, y).",
    "cost-without-minus": "Put the minus before it: cost = -(y * torch.log(H) + (1 - y) * torch.log(1 - H)).mean()",
    "sigmoid-without-minus": "Write 1 / (1 + torch.exp(-z)), or torch.sigmoid(z).",
    "saturation": "Take nn.BCEWithLogitsLoss() on logits, which never takes the log of 0, and scale the columns: x = "
    "(x - x.mean(0)) / x.std(0).",
    "saturation/hidden": "Scale the columns, x = (x - x.mean(0)) / x.std(0), or take nn.ReLU() in the hidden layers.",
    "no-gradient": "Compute the loss from the outputs themselves, and those from the weights, with nothing cut "
    "between.",
    "no-gradient/frozen": "Call model.requires_grad_(True), or give it a layer that learns.",
    "no-gradient/tensors": "Ask for it where they are made: W = torch.zeros((2, 1), requires_grad=True)",
    "no-gradient/loss": "Take nn.BCEWithLogitsLoss(): one output is one logit.",
    "no-gradient/output": "Replace the softmax by a sigmoid, or take nn.BCEWithLogitsLoss() without either.",
    "no-gradient/saddle": "Start a module with a hidden layer from random weights, as torch does by itself.",
    "parameters-not-held": "Make the optimizer after the module, from all of it: optim.SGD(model.parameters(), "
    "lr=...).",
    "parameters-not-held/unknown": "Put layers into nn.Sequential or nn.ModuleList, and weights of your own into "
    "nn.Parameter; then make the optimizer.",
    "model-rebuilt": "Make the module, and the optimizer after it, once before the loop; inside only use them.",
    "model-rebuilt/tensors": "Make the weights once, before the loop, and then the optimizer; inside the loop only use "
    "them.",
    "model-rebuilt/rewritten": "Set the starting weights once, before the loop.",
    "parameters-not-held/tensors": "Give the optimizer all of them: optim.SGD([W, b], lr=...)",
    "parameters-not-held/more": "Give the optimizer all of them: optim.SGD([W, b], lr=...)",
    "missing-zero-grad": "Call optimizer.zero_grad() in every turn, before loss.backward().",
    "zero-grad-too-late": "Keep the order: optimizer.zero_grad(), loss.backward(), optimizer.step().",
    "missing-backward": "Call loss.backward() before optimizer.step().",
    "missing-step": "Call optimizer.step() after loss.backward().",
    "learning-rate-climbs": "Take half of that at most, lr = {half:.2g}; columns brought to one scale allow more.",
    "learning-rate-climbs/seen": "Take a smaller lr: a tenth first, then look again.",
    "learning-rate-climbs/batches": "Take a smaller lr: a tenth first, then look again.",
    "learning-rate-crawls": "Take a larger lr, up to half the largest stable step: {half:.2g}.",
    "learning-rate-crawls/other": "Take a larger lr: ten times first, then look again.",
    "learning-rate-crawls/schedule": "Let the schedule fall more slowly, and step it once an epoch rather than once a "
    "batch.",
    "half-precision": "Keep the weights in float32 (model.float()); for speed let torch.autocast choose where half is "
    "safe.",
    "tf32": 'Set torch.set_float32_matmul_precision("highest"); products this small gain nothing from less.',
    "slow-loader": "If the rows fit in memory, load them once and index the tensors, or take larger batches; if not, "
    "move the reading into workers that stay (num_workers, persistent_workers=True).",
    "slow-loader/workers": "Take num_workers=0 for rows this few, or keep the workers: persistent_workers=True.",
    "columns-of-different-scale": "Scale the columns: x = (x - x.mean(0)) / x.std(0), with the training rows' numbers "
    "kept for new rows.",
    "class-imbalance": "Judge by precision, recall and AUC instead of accuracy, and choose the threshold by what "
    "mistakes cost.",
    "one-class": "Look at how the rows were chosen, or at how the labels were made.",
    "separable": "Stop early, add a penalty (weight_decay), or ask for the answer that exists: cutline.fit(..., "
    'penalty="firth").',
}

HEAD: Final[dict[str, str]] = {
    "faults": "Faults",
    "facts": "Facts about the data",
    "following": "Follows from these, and may go with them",
    "none": "No fault found.",
    "remedy": "What to do:",
    "lesson": "lesson {lesson}",
    "loss": "Your loss: {loss:.4g} on {rows} rows.",
    "best": "Your loss {loss:.4g}, the best possible with a linear logit {best:.4g}, on {rows} rows.",
    "better": "Your loss {loss:.4g} is below {best:.4g}, the best possible with a linear logit, on {rows} rows: the "
    "module sees more than a line.",
    "endless": "Your loss {loss:.4g}. There is no minimum, because {why}",
    "complete": "{terms} separates the classes: the steeper the sigmoid, the nearer the loss to 0.",
    "quasi-complete": "{terms} separates the classes but for rows on the border: the loss falls for ever, and never "
    "to 0.",
    "credits": "What mending is worth, by running a copy again",
    "credit": "{title}: after {steps} steps {before:.4g} as it stands, {after:.4g} mended",
    "credit-scale": "{title}: after {steps} steps {before:.4g} with the best of steps, {after:.4g} with scaled columns",
    "share": " ({share:.0f} % of the gap to the best linear logit)",
}

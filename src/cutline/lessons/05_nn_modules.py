"""Lesson 5, nn.Linear, nn.Sigmoid, nn.Sequential: shapes, first weights, the same numbers, a loop that forgets."""

import marimo

app = marimo.App(width="full", app_title="Cutline 5", css_file="style.css", html_head_file="head.html")

with app.setup:
    import math
    from collections import OrderedDict

    import marimo as mo
    import numpy as np
    import torch
    from torch import nn, optim
    from torch.nn import functional as F

    from cutline import deck, doctor
    from cutline.lessons import codebox, stage
    from cutline.lessons.drawing import Figure, shapes, ticks
    from cutline.lessons.formula import lines, live, number, plus

    passed = set()  # missions of this visit
    x_train = torch.tensor(deck.SIX_POINTS)
    y_train = torch.tensor(deck.SIX_LABELS)


@app.cell
def language():
    lang = stage.language()
    say = stage.teller(lang)
    return lang, say


@app.cell
def opening(lang, say):
    stage.opening(
        5,
        lang,
        say(
            ko="W와 b를 손수 만들던 일을 이제 부품에 맡깁니다. `nn.Linear`가 **Wx + b**를, `nn.Sigmoid`가 **S자 곡선**을 맡고, "
            "`nn.Sequential`이 둘을 차례로 잇습니다.",
            en="What we made by hand we now leave to parts: `nn.Linear` does **Wx + b**, `nn.Sigmoid` the **S-curve**, "
            "and `nn.Sequential` puts one after the other.",
        ),
    )
    return


# --- 1. shapes --------------------------------------------------------------------------------------------------------


@app.cell
def shape_question():
    shape_guess = stage.choices({"(2, 1)": "(2, 1)", "(1, 2)": "(1, 2)", "(2, 2)": "(2, 2)"})
    return (shape_guess,)


@app.cell
def shape_of_weight(say, shape_guess):
    weight_shape = str(tuple(nn.Linear(2, 1).weight.shape))
    stage.predict(
        say,
        say(
            ko="`nn.Linear(2, 1)`의 weight는 어떤 모양일까요?",
            en="What is the shape of the weight of `nn.Linear(2, 1)`?",
        ).replace("`", ""),
        shape_guess,
        weight_shape,
        say(
            ko=f"{weight_shape}입니다. (출력, 입력) 순서로 저장해 두고 계산할 때 뒤집어 xAᵀ + b로 씁니다. 손으로 쓴 W는 (2, 1)이었습니다.",
            en=f"{weight_shape}: it is kept as (out, in) and turned over in xAᵀ + b. Our W by hand was (2, 1).",
        ).replace("Aᵀ", "A<sup>T</sup>"),
    )
    return (weight_shape,)


@app.cell
def shape_handles(say):
    rows_slider = mo.ui.slider(
        1, 8, 1, value=4, label=say(ko="행의 수 N", en="rows N"), show_value=True, full_width=True
    )
    in_slider = mo.ui.slider(1, 5, 1, value=3, label="in_features", show_value=True, full_width=True)
    out_slider = mo.ui.slider(1, 5, 1, value=2, label="out_features", show_value=True, full_width=True)
    bias_box = mo.ui.checkbox(value=True, label="bias=True")
    return bias_box, in_slider, out_slider, rows_slider


@app.cell
def shape_values(bias_box, in_slider, out_slider, rows_slider):
    n_rows, n_in, n_out, bias = (
        int(rows_slider.value),
        int(in_slider.value),
        int(out_slider.value),
        bool(bias_box.value),
    )
    return bias, n_in, n_out, n_rows


@app.cell
def shape_code(say):
    SHAPE = """
layer = nn.Linear(in_features, out_features, bias=bias)
x = torch.randn(rows, in_features)
y = layer(x)
print(layer)
print('weight', layer.weight.shape, ' y', y.shape)
print(torch.equal(y, F.linear(x, layer.weight, layer.bias)))
print('parameters', sum(p.numel() for p in layer.parameters()))
"""
    shape_box = codebox.editor(say, SHAPE)
    return SHAPE, shape_box


@app.cell
def shape_run(SHAPE, bias, n_in, n_out, n_rows, shape_box):
    shaped = codebox.run(
        shape_box, SHAPE, torch=torch, nn=nn, F=F, rows=n_rows, in_features=n_in, out_features=n_out, bias=bias
    )
    _layer = nn.Linear(n_in, n_out, bias=bias)
    shape_in = (n_rows, n_in)
    shape_out = tuple(_layer(torch.zeros(shape_in)).shape)
    parameters = sum(p.numel() for p in _layer.parameters())
    return parameters, shape_in, shape_out, shaped


@app.cell
def shape_screen(bias, bias_box, in_slider, n_in, n_out, out_slider, parameters, rows_slider, say, shape_in, shape_out):
    _boxes = [("x", shape_in, "ink"), ("×", None, ""), ("A^T", (n_in, n_out), "blue")]
    _boxes += [("+", None, ""), ("b", (1, n_out), "red")] if bias else []
    _boxes += [("=", None, ""), ("y", shape_out, "green")]
    stage.screen(
        say(ko="모양이 맞아야 한다", en="Shapes must fit"),
        say(
            ko="(N, 입력)에 (입력, 출력)을 곱하면 **(N, 출력)**. 안쪽의 두 수가 같아야 곱할 수 있습니다. b는 모든 행에 더해집니다.",
            en="(N, in) times (in, out) is **(N, out)**: the two inner numbers must agree. b is added to every row.",
        ),
        name="shapes",
        picture=shapes(say(ko="행렬의 모양", en="Shapes of the matrices"), _boxes),
        side="".join(
            stage.control(name, it)
            for name, it in (("rows", rows_slider), ("in", in_slider), ("out", out_slider), ("bias", bias_box))
        )
        + lines(
            f"{live(str(shape_in))} → {live(str(shape_out))}",
            f"{say(ko='배울 수의 개수', en='numbers to learn')} = {n_in} × {n_out}{f' + {n_out}' if bias else ''} = {live(str(parameters))}",
        ),
    )
    return


@app.cell
def shape_mission(parameters, say, shape_in, shape_out):
    fits_deck = shape_in == tuple(x_train.shape) and shape_out == tuple(y_train.shape) and parameters == 3
    stage.mission(
        say,
        passed,
        "5-1",
        fits_deck,
        say(
            ko="강의 자료의 데이터에 꼭 맞는 층을 만드세요. x는 6 × 2, y는 6 × 1, 배울 수는 W 두 개와 b 하나입니다.",
            en="Build the layer for the deck's data: x is 6 × 2, y is 6 × 1, and two W and one b are to be learned.",
        ),
        say(ko="바로 `nn.Linear(2, 1)`입니다.", en="That is `nn.Linear(2, 1)`."),
    )
    return (fits_deck,)


@app.cell
def shape_lines(say, shape_box, shaped):
    stage.panel(codebox.show(say, shape_box, shaped))
    return


# --- 2. first weights -------------------------------------------------------------------------------------------------


@app.cell
def seed_handles(say):
    seed_slider = mo.ui.slider(
        0, 40, 1, value=0, label=say(ko="난수 씨앗 seed", en="seed"), show_value=True, full_width=True
    )
    fan_slider = mo.ui.slider(
        steps=[1, 2, 4, 9, 25, 100],
        value=2,
        label=say(ko="입력의 수 in_features", en="in_features"),
        show_value=True,
        full_width=True,
    )
    return fan_slider, seed_slider


@app.cell
def seed_values(fan_slider, seed_slider):
    seed, fan_in = int(seed_slider.value), int(fan_slider.value)
    return fan_in, seed


@app.cell
def seed_numbers(fan_in, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        first_layer = nn.Linear(2, 1)  # the deck's layer, as this seed starts it
        many_weights = nn.Linear(fan_in, 2000 // fan_in).weight.detach().flatten()
    bound = 1 / math.sqrt(fan_in)
    (start_w1, start_w2), start_b = first_layer.weight[0].tolist(), first_layer.bias.item()
    lucky = int(((torch.sigmoid(first_layer(x_train)) >= 0.5) == (y_train >= 0.5)).sum())
    return bound, lucky, many_weights, start_b, start_w1, start_w2


@app.cell
def seed_screen(bound, fan_in, fan_slider, lucky, many_weights, say, seed_slider, start_b, start_w1, start_w2):
    _plane = Figure(say(ko="배우기 전의 경계", en="The boundary before learning"), x=(0, 7), y=(0, 4), height=290)
    _gx, _gy = np.meshgrid(np.linspace(0, 7, 70), np.linspace(0, 4, 40))
    _plane.field(torch.sigmoid(torch.from_numpy(start_w1 * _gx + start_w2 * _gy + start_b)).numpy()).axes(
        "x1", "x2", range(8), range(5)
    )
    _plane.curve((0, 7), (-start_b / start_w2, -(start_b + 7 * start_w1) / start_w2), "ink")
    for (_x1, _x2), (_y,) in zip(deck.SIX_POINTS, deck.SIX_LABELS):
        _plane.row(_x1, _x2, _y, wrong=(start_w1 * _x1 + start_w2 * _x2 + start_b >= 0) != bool(_y))
    _edges = np.linspace(-1.1, 1.1, 56)
    _counts = np.histogram(many_weights.numpy(), _edges)[0]
    _hist = Figure(
        say(ko="처음 가중치의 분포", en="Where first weights fall"),
        x=(-1.1, 1.1),
        y=(0, max(_counts) * 1.2),
        height=290,
    )
    _hist.band(-bound, bound, "green").axes(
        "weight", say(ko="개수", en="count"), (-1, -0.5, 0, 0.5, 1), ticks(0, max(_counts) * 1.2, 3)
    )
    _hist.curve(np.repeat(_edges, 2)[1:-1], np.repeat(_counts, 2), "blue thin")
    _hist.vertical(-bound, "thin dashed", f"−{bound:.2f}").vertical(bound, "thin dashed", f"{bound:.2f}")
    stage.screen(
        say(ko="처음 가중치는 제비뽑기", en="The first weights are drawn by lot"),
        say(
            ko="`nn.Linear`는 0이 아니라 **±√(1 / 입력의 수)** 사이에서 고르게 뽑은 수로 시작합니다. 입력이 많을수록 좁게 뽑습니다.",
            en="`nn.Linear` starts not at 0 but at numbers drawn evenly within **±√(1 / inputs)**: the more inputs, the narrower.",
        ),
        name="seed",
        picture=f'<div class="row2">{_hist.html()}{_plane.html()}</div><div class="under"><div>'
        + stage.control("fan", fan_slider)
        + stage.control("seed", seed_slider)
        + "</div><div>"
        + lines(
            f"√(1 / {fan_in}) = {live(f'{bound:.4f}')}",
            f"z = {live(number(start_w1, 3), 'w')} x<sub>1</sub>{live(plus(start_w2, 3), 'w')} x<sub>2</sub>{live(plus(start_b, 3), 'b')}",
        )
        + stage.verdict(
            lucky >= 5,
            say(
                ko=f"배우기도 전에 여섯 중 {lucky}개를 맞힙니다.", en=f"Before any learning, {lucky} of six are right."
            ),
        )
        + "</div></div>",
    )
    return


@app.cell
def seed_mission(lucky, say, seed):
    stage.mission(
        say,
        passed,
        "5-2",
        lucky == 6,
        say(
            ko="배우지 않고도 여섯 개를 모두 맞히는 운 좋은 씨앗을 찾으세요.",
            en="Find a lucky seed that gets all six right without learning.",
        ),
        say(
            ko=f"이 씨앗(seed {seed})은 운이 좋았을 뿐입니다. **정확도가 높다고 배운 것은 아닙니다.**",
            en=f"Seed {seed} was just lucky. **A high accuracy does not prove that anything was learned.**",
        ),
    )
    return


# --- 3. the same numbers ----------------------------------------------------------------------------------------------


@app.cell
def twin_code(say):
    _hand, _parts = say(ko="손으로", en="by hand"), say(ko="부품으로", en="with parts")
    TWIN = f"""
W = torch.zeros((2, 1), requires_grad=True)            # {_hand}
b = torch.zeros(1, requires_grad=True)
by_hand = optim.SGD([W, b], lr=1)

model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())   # {_parts}
nn.init.zeros_(model[0].weight)
nn.init.zeros_(model[0].bias)
by_parts = optim.SGD(model.parameters(), lr=1)

for epoch in range(1001):
    cost_1 = F.binary_cross_entropy(torch.sigmoid(x_train.matmul(W) + b), y_train)
    cost_2 = F.binary_cross_entropy(model(x_train), y_train)
    for optimizer, cost in ((by_hand, cost_1), (by_parts, cost_2)):
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    if epoch % 200 == 0:
        print('{{:4d}}  by hand {{:.6f}}  Sequential {{:.6f}}'.format(epoch, cost_1.item(), cost_2.item()))
print(W.flatten(), model[0].weight)
"""
    twin_box = codebox.editor(say, TWIN)
    return TWIN, twin_box


@app.cell
def twin_run(TWIN, twin_box):
    twins = codebox.run(twin_box, TWIN, torch=torch, nn=nn, F=F, optim=optim, x_train=x_train, y_train=y_train)
    return (twins,)


@app.cell
def twin_screen(say, twin_box, twins):
    stage.screen(
        say(ko="두 코드, 같은 숫자", en="Two codes, the same numbers"),
        say(
            ko="손으로 쓴 코드와 부품으로 쓴 코드를 나란히 돌립니다. 똑같이 0에서 출발하면 **비용이 끝까지 같습니다.** 0으로 두는 두 줄을 지우고 실행하면 무엇이 달라질까요?",
            en="The code by hand and the code with parts, side by side. Started from 0 alike, **their costs agree to the end.** What changes if you delete the two lines that set zeros?",
        ),
        name="twins",
        picture=codebox.show(say, twin_box, twins),
    )
    return


@app.cell
def names_code(say):
    _named, _kept = (
        say(ko="부품에 이름이 생겼다", en="parts have names now"),
        say(ko="ModuleList는 담기만 한다. 잇는 것은 내 몫", en="a ModuleList only keeps parts: you connect them"),
    )
    NAMES = f"""
model = nn.Sequential(OrderedDict([('linear', nn.Linear(2, 1)), ('sigmoid', nn.Sigmoid())]))
print(model)
print(model.linear.weight.shape)       # {_named}

parts = nn.ModuleList([nn.Linear(2, 1), nn.Sigmoid()])
h = x_train
for part in parts:                     # {_kept}
    h = part(h)
print(h.shape)
"""
    names_box = codebox.editor(say, NAMES)
    return NAMES, names_box


@app.cell
def names_run(NAMES, names_box):
    named = codebox.run(names_box, NAMES, torch=torch, nn=nn, OrderedDict=OrderedDict, x_train=x_train)
    return (named,)


@app.cell
def names_screen(named, names_box, say):
    stage.screen(
        say(ko="잇는 상자, 담는 상자", en="A chain and a box"),
        say(
            ko="`Sequential`은 앞의 출력을 뒤의 입력으로 **이어 줍니다.** `ModuleList`는 담아 두기만 합니다.",
            en="`Sequential` **connects** each output to the next input. `ModuleList` only keeps the parts.",
        ),
        name="names",
        picture=codebox.show(
            say,
            names_box,
            named,
            say(
                ko="`parts(x_train)`을 불러 보세요. 어떤 오류가 납니까?", en="Try `parts(x_train)`: which error comes?"
            ),
        ),
    )
    return


# --- 4. the loop that rebuilds its model ------------------------------------------------------------------------------


@app.cell
def forgetful_code(lang, say):
    FORGETFUL = f"""
model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
optimizer = optim.SGD(model.parameters(), lr=1)

with doctor.watch(model, optimizer) as watch:
    for epoch in range(301):
        model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
        hypothesis = model(x_train)
        cost = F.binary_cross_entropy(hypothesis, y_train)
        keep(epoch, cost)

        optimizer.zero_grad()
        cost.backward()
        optimizer.step()

print(watch.report.text(lang='{lang}'))
"""
    forgetful_box = codebox.editor(say, FORGETFUL)
    return FORGETFUL, forgetful_box


@app.cell
def forgetful_run(FORGETFUL, forgetful_box):
    kept_costs = []

    def _keep(epoch, cost):
        kept_costs.append(cost.item())

    forgetful = codebox.run(
        forgetful_box,
        FORGETFUL,
        torch=torch,
        nn=nn,
        F=F,
        optim=optim,
        doctor=doctor,
        keep=_keep,
        x_train=x_train,
        y_train=y_train,
    )
    return forgetful, kept_costs


@app.cell
def forgetful_screen(kept_costs, say):
    _top = max([c for c in kept_costs if math.isfinite(c)] or [1.0]) * 1.1
    _picture = Figure(say(ko="비용", en="The cost"), x=(0, max(len(kept_costs), 2)), y=(0, _top), height=300)
    _picture.axes(
        say(ko="에포크", en="epoch"), say(ko="비용", en="cost"), ticks(0, max(len(kept_costs), 2)), ticks(0, _top)
    )
    _picture.curve(range(len(kept_costs)), kept_costs, "red thin").horizontal(math.log(2), "thin dashed", "log 2")
    stage.screen(
        say(ko="해마다 입학하는 신입생", en="A new pupil every epoch"),
        say(
            ko="강의 자료의 마지막 루프에는 작은 실수가 있습니다. `model = …`이 **for 안에** 있어서, 에포크마다 아무것도 모르는 새 모델이 옵니다. 옵티마이저는 떠나 버린 첫 모델의 가중치를 쥐고 있습니다.",
            en="The deck's loop has a small slip: `model = …` stands **inside the for**, so each epoch brings a new model that knows nothing, while the optimizer holds the weights of the first, long gone.",
        ),
        name="forgetful",
        picture=_picture.html(),
        side=stage.verdict(
            bool(kept_costs) and kept_costs[-1] < 0.1,
            say(
                ko=f"{len(kept_costs) - 1} 에포크 뒤의 비용은 {kept_costs[-1]:.3f}입니다."
                if kept_costs
                else "비용이 남지 않았습니다.",
                en=f"After {len(kept_costs) - 1} epochs the cost is {kept_costs[-1]:.3f}."
                if kept_costs
                else "No cost was kept.",
            ),
        )
        + f'<div class="words">{stage.rich(say(ko="그림 아래 코드를 고쳐 실행하면 그림도 바뀝니다. 출력은 **의사**(`cutline.doctor`)의 진단입니다.", en="Mend the code below and run it: the picture follows. The output is what **the doctor** (`cutline.doctor`) finds."))}</div>',
    )
    return


@app.cell
def forgetful_mission(kept_costs, say):
    mended = len(kept_costs) > 100 and kept_costs[-1] < 0.1
    stage.mission(
        say,
        passed,
        "5-3",
        mended,
        say(
            ko="한 줄을 지워 루프를 고치세요. 비용이 0.1 아래로 내려가야 합니다.",
            en="Delete one line to mend the loop: the cost must fall below 0.1.",
        ),
        say(
            ko="모델은 **루프 밖에서 한 번** 만들고, 옵티마이저는 그 모델의 `parameters()`를 받습니다.",
            en="Build the model **once, before the loop**, and give its `parameters()` to the optimizer.",
        ),
    )
    return (mended,)


@app.cell
def forgetful_lines(forgetful, forgetful_box, say):
    stage.panel(codebox.show(say, forgetful_box, forgetful))
    return


@app.cell
def closing(lang, say):
    stage.closing(
        5,
        lang,
        [
            say(
                ko="`nn.Linear(입력, 출력)`은 Wx + b입니다. weight는 **(출력, 입력)** 모양입니다.",
                en="`nn.Linear(in, out)` is Wx + b; its weight has the shape **(out, in)**.",
            ),
            say(
                ko="처음 가중치는 **뽑은 수**이므로, 같은 숫자를 얻으려면 seed나 0으로 맞춥니다.",
                en="First weights are **drawn**; for the same numbers fix the seed, or set them to 0.",
            ),
            say(ko="모델은 루프 **밖에서** 만듭니다.", en="Build the model **outside** the loop."),
        ],
    )
    return


if __name__ == "__main__":
    app.run()

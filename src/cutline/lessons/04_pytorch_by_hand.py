"""Lesson 4, PyTorch by hand: the first look, the loop leafed through, the hidden climb, NaN, W without end, the doctor."""

import marimo

app = marimo.App(width="full", app_title="Cutline 4", css_file="style.css", html_head_file="head.html")

with app.setup:
    import math

    import marimo as mo
    import numpy as np
    import torch
    from torch import optim
    from torch.nn import functional as F

    from cutline import deck, doctor
    from cutline.lessons import by_hand, codebox, fits, stage
    from cutline.lessons.drawing import Figure, ticks
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
        4,
        lang,
        say(
            ko="지금까지의 것을 파이토치 열다섯 줄로 씁니다. 강의 자료의 코드 그대로이고, **숫자도 끝자리까지 같습니다.** "
            "다만 여기서는 에포크를 한 장씩 넘기며, 로그가 숨긴 것까지 봅니다.",
            en="All of it so far, in fifteen lines of PyTorch: the deck's own code, and **its numbers to the last digit.** "
            "Only here we leaf through the epochs one by one, and see what the log hides.",
        ),
    )
    return


# --- 1. before any step -----------------------------------------------------------------------------------------------


@app.cell
def first_code(say):
    FIRST = """
x_data = [[1, 2], [2, 3], [3, 1], [4, 3], [5, 3], [6, 2]]
y_data = [[0], [0], [0], [1], [1], [1]]
x_train = torch.FloatTensor(x_data)
y_train = torch.FloatTensor(y_data)
print(x_train.shape, y_train.shape)

W = torch.zeros((2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
hypothesis = torch.sigmoid(x_train.matmul(W) + b)
print(hypothesis)

losses = -(y_train * torch.log(hypothesis) + (1 - y_train) * torch.log(1 - hypothesis))
cost = losses.mean()
print(cost)

cost.backward()          # the slopes go into W.grad and b.grad
print(W.grad, b.grad)
"""
    first_box = codebox.editor(say, FIRST)
    return FIRST, first_box


@app.cell
def first_run(FIRST, first_box):
    first = codebox.run(first_box, FIRST, torch=torch, F=F)
    return (first,)


@app.cell
def first_screen(first, first_box, say):
    stage.screen(
        say(ko="첫걸음을 떼기 전", en="Before the first step"),
        say(
            ko="데이터는 6 × 2. W와 b를 0으로 두면 **모든 H가 0.5**, 비용은 log 2 = 0.6931입니다. 아직 아무것도 모른다는 뜻입니다. 고쳐서 실행해 보세요.",
            en="The data are 6 × 2. With W and b at 0 **every H is 0.5** and the cost is log 2 = 0.6931: nothing is known yet. Edit the lines and run them.",
        ),
        name="first",
        picture=codebox.show(
            say,
            first_box,
            first,
            say(
                ko="`requires_grad=True`는 미분할 수 있게 해 줍니다. `.backward()`를 부르면 기울기가 `.grad`에 채워집니다.",
                en="`requires_grad=True` asks for derivatives; `.backward()` fills them into `.grad`.",
            ),
        ),
    )
    return


# --- 2. the loop ------------------------------------------------------------------------------------------------------


@app.cell
def climb_question(say):
    climb_guess = stage.choices(
        {
            "down": say(ko="내려간다. 경사 하강법이니까", en="Down: it is gradient descent"),
            "same": say(ko="그대로다", en="It stays"),
            "up": say(ko="올라간다", en="Up"),
        }
    )
    return (climb_guess,)


@app.cell
def climb(climb_guess, say):
    _start = by_hand.six_points(1.0, 6)
    early = [
        F.binary_cross_entropy_with_logits(x_train @ torch.tensor(w[:2])[:, None] + w[2], y_train).item()
        for w in _start
    ]
    _digits = ", ".join(f"{c:.3f}" for c in early)
    stage.predict(
        say,
        say(
            ko=f"lr = 1로 첫걸음을 뗐습니다. 비용은 {early[0]:.3f}에서 어떻게 될까요?",
            en=f"With lr = 1 we take the first step. Where does the cost go from {early[0]:.3f}?",
        ),
        climb_guess,
        "up" if early[1] > early[0] else "down",
        say(
            ko=f"{_digits} … 먼저 **올라갑니다.** 걸음이 너무 커서 골짜기를 건너뛴 것입니다. 100번마다 찍는 로그에는 이 부분이 나오지 않습니다.",
            en=f"{_digits} … it first **climbs**: the steps leap over the valley. A log every 100 epochs never shows it.",
        ),
    )
    return (early,)


@app.cell
def loop_handles(say):
    rate_choice = mo.ui.radio(
        options={"lr = 0.01": 0.01, "0.1": 0.1, "0.3": 0.3, "1": 1.0, "3": 3.0}, value="1", inline=True
    )
    epoch_slider = mo.ui.slider(
        0, 1000, 1, value=0, label=say(ko="에포크", en="epoch"), show_value=True, full_width=True
    )
    return epoch_slider, rate_choice


@app.cell
def loop_rate(rate_choice):
    lr = float(rate_choice.value)  # in a cell of its own, so that the loop does not run again while one leafs
    return (lr,)


@app.cell
def loop_epoch(epoch_slider):
    epoch = int(epoch_slider.value)
    return (epoch,)


@app.cell
def loop_code(say):
    LOOP = """
W = torch.zeros((2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([W, b], lr=lr)

nb_epochs = 1000
for epoch in range(nb_epochs + 1):
    hypothesis = torch.sigmoid(x_train.matmul(W) + b)
    cost = -(y_train * torch.log(hypothesis) + (1 - y_train) * torch.log(1 - hypothesis)).mean()
    keep(epoch, cost, W, b)          # one picture of the album above

    optimizer.zero_grad()
    cost.backward()
    optimizer.step()

    if epoch % 100 == 0:
        print('Epoch {:4d}/{} Cost: {:.6f}'.format(epoch, nb_epochs, cost.item()))
"""
    loop_box = codebox.editor(say, LOOP)
    return LOOP, loop_box


@app.cell
def loop_run(LOOP, loop_box, lr):
    album = by_hand.Album()
    looped = codebox.run(
        loop_box, LOOP, torch=torch, optim=optim, F=F, x_train=x_train, y_train=y_train, lr=lr, keep=album.keep
    )
    if not album.epochs:  # edited so that nothing was kept
        album.keep(0, math.nan, torch.zeros(2, 1), torch.zeros(1))
    return album, looped


@app.cell
def album_of_one(album, early):
    # what was run, not what the buttons say: the code may have been edited
    _ran = album.costs[: len(early)]
    at_one = len(_ran) == len(early) and all(math.isclose(a, b, abs_tol=1e-3) for a, b in zip(_ran, early))
    top_epoch = max(range(len(album.costs)), key=lambda e: album.costs[e]) if at_one else -1
    return at_one, top_epoch


@app.cell
def loop_pictures(album, say):
    # what does not change while one leafs: the curve of the cost, over all epochs and at every hundredth
    _shown = [c for c in album.costs if math.isfinite(c)] or [1.0]
    cost_top = max(_shown) * 1.12
    _few = [i for i, e in enumerate(album.epochs) if e < 100 or e % 25 == 0]  # the rest would share a pixel
    cost_figure = Figure(
        say(ko="에포크마다의 비용", en="The cost at each epoch"), x=(0, 3), y=(0, cost_top), height=300
    )
    cost_figure.axes(
        say(ko="에포크 (로그 눈금)", en="epoch (log scale)"), say(ko="비용", en="cost"), (), ticks(0, cost_top)
    )
    for _e in (0, 9, 99, 999):
        cost_figure.text(math.log10(_e + 1), -cost_top * 0.09, str(_e), "tick middle")
    cost_figure.curve([math.log10(album.epochs[i] + 1) for i in _few], [album.costs[i] for i in _few], "blue thin")
    for _e, _c in zip(album.epochs, album.costs):
        if _e % 100 == 0:
            cost_figure.dot(math.log10(_e + 1), _c, "red", 4.5)
    return cost_figure, cost_top


@app.cell
def loop_screen(album, cost_figure, epoch, epoch_slider, rate_choice, say):
    # all that a drag of the epoch draws again, but for the mission
    page = min(epoch, len(album.epochs) - 1)
    w1, w2, bias = album.weights[page]
    page_cost = album.costs[page]
    page_h = torch.sigmoid(x_train @ torch.tensor([[w1], [w2]]) + bias).flatten().tolist()
    _plane = Figure(say(ko="결정 경계", en="The decision boundary"), x=(0, 7), y=(0, 4), height=300)
    _gx, _gy = np.meshgrid(np.linspace(0, 7, 42), np.linspace(0, 4, 24))
    if all(map(math.isfinite, (w1, w2, bias))):
        _plane.field(torch.sigmoid(torch.from_numpy(w1 * _gx + w2 * _gy + bias)).numpy())
    _plane.axes("x1", "x2", range(8), range(5))
    if w2:
        _plane.curve((0, 7), (-(bias + w1 * 0) / w2, -(bias + w1 * 7) / w2), "ink")
    for (_x1, _x2), (_y,), _h in zip(deck.SIX_POINTS, deck.SIX_LABELS, page_h):
        _plane.row(_x1, _x2, _y, wrong=(_h >= 0.5) != _y)
    _marked = Figure(cost_figure.title, cost_figure.xs, cost_figure.ys, height=300)
    _marked.parts = list(cost_figure.parts)
    _marked.vertical(math.log10(page + 1), "thin dashed", say(ko=f"에포크 {page}", en=f"epoch {page}")).dot(
        math.log10(page + 1), page_cost, "ink", 8
    )
    _right = sum((h >= 0.5) == bool(y[0]) for h, y in zip(page_h, deck.SIX_LABELS))
    stage.screen(
        say(ko="에포크를 한 장씩", en="Leaf through the epochs"),
        say(
            ko="코드가 실제로 돌면서 남긴 1,001장의 사진입니다. 에포크를 끌어 **경계가 움직이는 것**을 보세요. 빨간 점은 100번마다 찍는 로그에 나오는 것뿐입니다.",
            en="These are 1,001 pictures that the code left while it ran. Drag the epoch and watch **the boundary move**. The red dots are all that a log every 100 epochs shows.",
        ),
        name="loop",
        picture=f'<div class="row2">{_plane.html()}{_marked.html()}</div><div class="under"><div>'
        + stage.control("epoch", epoch_slider)
        + stage.control("lr", rate_choice)
        + "</div><div>"
        + lines(
            f"H = sigmoid( {live(number(w1, 4), 'w')} x<sub>1</sub>{live(plus(w2, 4), 'w')} x<sub>2</sub>{live(plus(bias, 4), 'b')} )",
            f"cost = {live(f'{page_cost:.6f}')} &nbsp; {say(ko='맞힘', en='right')} {_right} / 6",
        )
        + "</div></div>",
    )
    return bias, page, page_cost, page_h, w1, w2


@app.cell
def loop_mission(early, epoch, say, top_epoch):
    stage.mission(
        say,
        passed,
        "4-1",
        epoch == top_epoch,
        say(
            ko="lr = 1일 때 비용이 **가장 높은** 에포크를 찾아 그 장을 펼치세요.",
            en="At lr = 1, find the epoch with the **highest** cost and open that page.",
        ).replace("**", ""),
        say(
            ko=f"에포크 {early.index(max(early))}의 비용은 {max(early):.3f}, 시작의 {max(early) / early[0]:.1f}배입니다.",
            en=f"At epoch {early.index(max(early))} the cost is {max(early):.3f}, {max(early) / early[0]:.1f} times the start.",
        ),
    )
    return


@app.cell
def calm_mission(album, say):
    _steps = [b - a for a, b in zip(album.costs, album.costs[1:])]
    calm = len(album.costs) == 1001 and all(step < 1e-6 for step in _steps) and album.costs[-1] < 0.1
    stage.mission(
        say,
        passed,
        "4-2",
        calm,
        say(
            ko="비용이 한 번도 오르지 않으면서 1,000 에포크 뒤에 0.1보다 낮아지는 lr을 고르세요.",
            en="Choose an lr at which the cost never climbs, and is below 0.1 after 1,000 epochs.",
        ),
        say(
            ko="너무 작으면 기어가고 너무 크면 튑니다. 알맞은 학습률은 비용의 **굽은 정도**가 정합니다.",
            en="Too small crawls, too large leaps; the right rate is set by **how the cost curves**.",
        ),
    )
    return (calm,)


@app.cell
def loop_lines(loop_box, looped, say):
    stage.panel(
        codebox.show(say, loop_box, looped, say(ko="`lr`은 위에서 고른 값입니다.", en="`lr` is the one chosen above."))
    )
    return


# --- 3. nan -----------------------------------------------------------------------------------------------------------


@app.cell
def nan_handles(say):
    _raw = say(ko="점수 그대로", en="raw scores")
    scale_choice = mo.ui.radio(
        options={_raw: "raw", say(ko="평균을 빼고 표준편차로 나눔", en="less the mean, over the deviation"): "scaled"},
        value=_raw,
        inline=True,
    )
    nan_epoch_slider = mo.ui.slider(
        0, 5, 1, value=1, label=say(ko="에포크", en="epoch"), show_value=True, full_width=True
    )
    return nan_epoch_slider, scale_choice


@app.cell
def nan_scale(scale_choice):
    scale = scale_choice.value
    return (scale,)


@app.cell
def nan_at(nan_epoch_slider):
    nan_epoch = int(nan_epoch_slider.value)
    return (nan_epoch,)


@app.cell
def nan_loops(scale):
    # the deck's loop on the exam scores, lr = 1, with three ways to write the same cost
    score = torch.tensor(deck.EXAM_SCORES)[:, None]
    _x = score if scale == "raw" else (score - score.mean()) / score.std()
    _y = torch.tensor(deck.EXAM_PASSED)[:, None]
    _costs = {
        "by hand": lambda z: -(_y * torch.log(torch.sigmoid(z)) + (1 - _y) * torch.log(1 - torch.sigmoid(z))).mean(),
        "binary_cross_entropy": lambda z: F.binary_cross_entropy(torch.sigmoid(z), _y),
        "BCEWithLogits": lambda z: F.binary_cross_entropy_with_logits(z, _y),
    }
    three, first_z = {}, []
    for _name, _cost in _costs.items():
        _W, _b = torch.zeros(1, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
        _optimizer, three[_name] = optim.SGD([_W, _b], lr=1), []
        for _epoch in range(6):
            _z = _x @ _W + _b
            _value = _cost(_z)
            three[_name].append(_value.item())
            if _name == "by hand":
                first_z.append(_z.flatten().tolist())
            _optimizer.zero_grad()
            _value.backward()
            _optimizer.step()
    return first_z, three


@app.cell
def nan_screen(first_z, nan_epoch, nan_epoch_slider, say, scale, scale_choice, three):
    _h = torch.sigmoid(torch.tensor(first_z[nan_epoch]))
    _y = torch.tensor(deck.EXAM_PASSED)
    _loss = -(_y * torch.log(_h) + (1 - _y) * torch.log(1 - _h))
    _rows = [
        [f"{s:.0f}", f"{y:.0f}", f"{z:.4g}", f"{h:.4g}", f"{c:.4g}"]
        for s, y, z, h, c in zip(deck.EXAM_SCORES, _y.tolist(), first_z[nan_epoch], _h.tolist(), _loss.tolist())
    ]
    _broken = math.isnan(three["by hand"][nan_epoch])
    _big = "".join(
        f'<div class="big"><small>{name}</small>{costs[nan_epoch]:.4g}</div>' for name, costs in three.items()
    )
    _words = (
        say(
            ko="H가 정확히 1이 되어 0 · log 0 = 0 · (−∞) = nan. 한 번 nan이 되면 W도 nan이 되어 돌아오지 못합니다. `binary_cross_entropy`는 log를 −100에서 잘라 50에 멈춰 섭니다.",
            en="H became exactly 1, and 0 · log 0 = 0 · (−∞) = nan. Then W is nan too, and never comes back. `binary_cross_entropy` cuts logs off at −100 and sticks at 50.",
        )
        if _broken
        else say(ko="세 비용이 모두 수입니다.", en="All three costs are numbers.")
    )
    stage.screen(
        say(ko="nan은 어디서 오는가", en="Where nan comes from"),
        say(
            ko="시험 점수를 그대로 넣고 lr = 1로 학습해 봅시다. 에포크 1에서 비용이 **nan**이 됩니다. 고치는 방법은 둘, **단위를 맞추거나** sigmoid와 log를 한 번에 계산하는 `BCEWithLogitsLoss`를 쓰는 것입니다.",
            en="Feed the exam scores as they are, with lr = 1: at epoch 1 the cost is **nan**. Two cures: **scale the column**, or `BCEWithLogitsLoss`, which takes sigmoid and log in one.",
        ),
        name="nan",
        picture=stage.control("scale", scale_choice)
        + stage.table([say(ko="점수", en="score"), "y", "z = Wx + b", "H", say(ko="비용", en="cost")], _rows),
        side=stage.control("nan-epoch", nan_epoch_slider)
        + f'<div class="pair">{_big}</div>'
        + stage.verdict(not _broken, stage.rich(_words).removeprefix("<p>").removesuffix("</p>")),
    )
    return


@app.cell
def nan_mission(nan_epoch, say, scale, three):
    healed = scale == "scaled" and nan_epoch == 5 and all(math.isfinite(c[-1]) for c in three.values())
    stage.mission(
        say,
        passed,
        "4-3",
        healed,
        say(
            ko="에포크 5까지 세 비용이 모두 수로 남게 고쳐 보세요.",
            en="Mend it so that all three costs are still numbers at epoch 5.",
        ),
        say(
            ko="0 언저리로 옮기고 크기를 맞추면 sigmoid가 끝까지 밀려가지 않습니다.",
            en="Moved to about 0 and brought to size, the sigmoid is not pushed to its ends.",
        ),
    )
    return (healed,)


# --- 4. w without end -------------------------------------------------------------------------------------------------


@app.cell
def endless_handle(say):
    endless_slider = mo.ui.slider(
        steps=[100, 200, 500, 1000, 2000, 5000, 10000],
        value=1000,
        label=say(ko="에포크", en="epochs"),
        show_value=True,
        full_width=True,
    )
    return (endless_slider,)


@app.cell
def endless_value(endless_slider):
    until = int(endless_slider.value)
    return (until,)


@app.cell
def endless_numbers():
    long_walk = by_hand.six_points(1.0, 10_000)
    firth = fits.six_points()  # (W1, W2, b)
    return firth, long_walk


@app.cell
def endless_screen(endless_slider, firth, long_walk, say, until):
    _w1, _w2, _ = firth
    _picture = Figure(say(ko="끝없이 자라는 W", en="W without end"), x=(0, 4), y=(-1, 6))
    _picture.axes(say(ko="에포크 (로그 눈금)", en="epoch (log scale)"), "W", (), range(-1, 7))
    for _e in (1, 10, 100, 1000, 10000):
        _picture.text(math.log10(_e), -1.5, f"{_e:,}", "tick middle")
    _epochs = [e for e in range(1, until + 1) if e < 200 or e % 50 == 0]
    _at = [math.log10(e) for e in _epochs]
    _picture.horizontal(_w1, "thin dashed", f"Firth W1 = {_w1:.2f}").horizontal(_w2, "thin dashed")
    _picture.text(3.95, _w2 - 0.42, f"Firth W2 = {_w2:.2f}", "note end")
    _picture.curve(_at, [long_walk[e][0] for e in _epochs], "blue").curve(
        _at, [long_walk[e][1] for e in _epochs], "red dashed"
    )
    _now = long_walk[until]
    _cost = F.binary_cross_entropy_with_logits(x_train @ torch.tensor(_now[:2])[:, None] + _now[2], y_train).item()
    stage.screen(
        say(ko="W는 왜 계속 자랄까", en="Why does W keep growing?"),
        say(
            ko="이 여섯 점은 직선 하나로 **완전히 나뉩니다.** 그러면 W를 키울수록 비용이 조금씩 더 내려가므로 끝이 없습니다. Firth의 벌점은 이것을 막아 **유한한 답**을 줍니다.",
            en="One straight line **separates** these six points completely. Then a larger W always lowers the cost a little, without end. Firth's penalty stops this and gives **a finite answer**.",
        ),
        name="endless",
        picture=_picture.html(
            say(ko="파란 실선 W1, 주황 점선 W2 (경사 하강법)", en="blue: W1, orange dashes: W2 (gradient descent)")
        ),
        side=stage.control("until", endless_slider)
        + stage.table(
            ["", "W1", "W2", "b"],
            [
                [say(ko=f"{until:,} 에포크", en=f"{until:,} epochs"), *(number(v) for v in _now)],
                ["Firth", *(number(v) for v in firth)],
            ],
            marked=0,
        )
        + lines(f"cost = {live(f'{_cost:.6f}')}")
        + stage.verdict(
            False,
            say(
                ko="수렴한 것처럼 보여도 수렴하지 않았습니다. `cutline.fit`은 이런 데이터를 알아보고 알려 줍니다.".replace(
                    "`", ""
                ),
                en="It may look converged; it is not. cutline.fit notices such data and says so.",
            ),
        ),
    )
    return


# --- 5. ask the doctor ------------------------------------------------------------------------------------------------


@app.cell
def sick_code(lang, say):
    SICK = f"""
W = torch.zeros((2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([W, b], lr=0.1)

with doctor.watch([W, b], optimizer) as watch:
    for epoch in range(101):
        hypothesis = torch.sigmoid(x_train.matmul(W) + b)
        cost = -(y_train * torch.log(hypothesis) + (1 - y_train) * torch.log(1 - hypothesis)).mean()

        cost.backward()
        optimizer.step()

print(watch.report.text(lang='{lang}'))
"""
    sick_box = codebox.editor(say, SICK)
    return SICK, sick_box


@app.cell
def sick_run(SICK, sick_box):
    sick = codebox.run(sick_box, SICK, torch=torch, optim=optim, F=F, doctor=doctor, x_train=x_train, y_train=y_train)
    return (sick,)


@app.cell
def sick_screen(say, sick, sick_box):
    stage.screen(
        say(ko="루프가 아플 때", en="When a loop is unwell"),
        say(
            ko="이 루프는 돌아가기는 하지만 한 줄이 빠졌습니다. **의사**(`cutline.doctor`)는 루프가 도는 것을 지켜보고, **고칠 것**과 **데이터에 대한 사실**을 나누어 알려 줍니다. 진단대로 고쳐 보세요.",
            en="This loop runs, but a line is missing. **The doctor** (`cutline.doctor`) watches a loop run, and tells **faults** from **facts about the data**. Mend what it finds.",
        ),
        name="sick",
        picture=codebox.show(
            say,
            sick_box,
            sick,
            say(
                ko="학습하는 텐서를 `[W, b]`로 알려 주기만 하면 됩니다. 루프는 한 글자도 바뀌지 않습니다.",
                en="It only has to be told which tensors are trained, `[W, b]`; the loop stays as it is.",
            ),
        ),
    )
    return


@app.cell
def sick_mission(say, sick):
    _watch = sick.get("watch")
    _report = _watch.report if isinstance(_watch, doctor.Watch) and not sick.error else None
    cured = _report is not None and _report.loss is not None and not _report.faults
    stage.mission(
        say,
        passed,
        "4-4",
        cured,
        say(
            ko="의사가 “고칠 것”을 하나도 찾지 못하게 루프를 고치세요.",
            en="Mend the loop until the doctor finds no fault.",
        ),
        say(
            ko="`backward`는 기울기를 **더합니다.** 걸음마다 `zero_grad`로 비워야 지난 걸음이 되풀이되지 않습니다.",
            en="`backward` **adds** to the gradients: emptied by `zero_grad` at each step, the old steps are not taken again.",
        ),
    )
    return (cured,)


@app.cell
def closing(lang, say):
    stage.closing(
        4,
        lang,
        [
            say(
                ko="`zero_grad` → `backward` → `step`. 이 세 줄이 학습의 전부입니다.",
                en="`zero_grad` → `backward` → `step`: these three lines are all of training.",
            ),
            say(
                ko="**모든 에포크를 보세요.** 100번마다 찍는 로그는 많은 것을 숨깁니다.",
                en="**Look at every epoch.** A log every 100 hides a lot.",
            ),
            say(
                ko="완전히 나뉘는 데이터에서 W는 **끝없이 자랍니다.**", en="On separated data W **grows without end.**"
            ),
        ],
    )
    return


if __name__ == "__main__":
    app.run()

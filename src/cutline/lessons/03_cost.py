"""Lesson 3, the cost: one row's, two costs on two data sets, a ball that rolls, and the surface over (W, b)."""

import marimo

app = marimo.App(width="full", app_title="Cutline 3", css_file="style.css", html_head_file="head.html")

with app.setup:
    import math

    import marimo as mo
    import torch
    from torch.nn import functional as F

    from cutline import deck
    from cutline.lessons import codebox, stage
    from cutline.lessons.drawing import Figure, ticks
    from cutline.lessons.formula import PARTIAL, frac, lines, live, number, plus, times

    passed = set()  # missions of this visit

    CENTERED = torch.tensor(deck.EXAM_SCORES) - deck.EXAM_CENTER
    DATA = {
        "exam": (CENTERED, torch.tensor(deck.EXAM_PASSED), (-1.0, 1.0)),
        "valleys": (torch.tensor(deck.TWO_VALLEYS_X), torch.tensor(deck.TWO_VALLEYS_Y), (-0.5, 1.5)),
    }

    def squared(z, y):
        """The mean of (H - y)^2 over the rows; z may have a column for each W."""
        return ((torch.sigmoid(z) - y) ** 2).mean(0)

    def entropy(z, y):
        """Cross-entropy from Wx + b, as `F.binary_cross_entropy_with_logits` does it, so that no log meets 0."""
        return F.binary_cross_entropy_with_logits(z, y.expand_as(z), reduction="none").mean(0)

    def straight(z, y):
        """The squared error of a straight line Wx + b, with b at the mean of y."""
        return ((z + y.mean() - y) ** 2).mean(0)

    def over(cost, x, y, ws):
        """The cost at each W, b = 0."""
        return (
            cost(x[:, None] * ws, y[:, None])
            if cost is not straight
            else ((x[:, None] * ws + y.mean() - y[:, None]) ** 2).mean(0)
        )

    def height_and_slope(cost, x, y, at):
        """The cost and its slope at one W, by autograd."""
        w = torch.tensor(float(at), requires_grad=True)
        height = cost(x * w, y)
        return height.item(), torch.autograd.grad(height, w)[0].item()

    def valleys(heights):
        """The places lower than both neighbors."""
        inner = heights[1:-1]
        return ((inner < heights[:-2]) & (inner < heights[2:])).nonzero().flatten() + 1


@app.cell
def language():
    lang = stage.language()
    say = stage.teller(lang)
    return lang, say


@app.cell
def opening(lang, say):
    stage.opening(
        3,
        lang,
        say(
            ko="어떤 W와 b가 좋은지 말하려면 **얼마나 틀렸는지**를 수 하나로 재야 합니다. 그것이 비용 함수입니다. "
            "비용이 가장 낮은 곳까지 조금씩 내려가는 방법이 경사 하강법입니다.",
            en="To say which W and b are good we measure **how wrong** they are in one number: the cost. "
            "Going down it step by step to the lowest place is gradient descent.",
        ),
    )
    return


# --- 1. what one row costs --------------------------------------------------------------------------------------------


@app.cell
def dear_question(say):
    dear_guess = stage.choices(
        {
            "one": say(ko="1쯤. 가장 크게 틀려 봤자 1이니까", en="About 1: one cannot be more wrong than by 1"),
            "five": say(ko="5쯤", en="About 5"),
            "hundred": say(ko="100쯤. 100번에 99번 틀리니까", en="About 100"),
        }
    )
    return (dear_guess,)


@app.cell
def dear(dear_guess, say):
    _cost = F.binary_cross_entropy(torch.tensor(0.01), torch.tensor(1.0)).item()
    stage.predict(
        say,
        say(
            ko="합격한 학생에게 “합격 확률 0.01”이라고 답했습니다. 비용 −log H는 얼마쯤일까요?",
            en="A pupil who passed was given a probability of 0.01. How large is the cost, −log H?",
        ),
        dear_guess,
        min({"one": 1, "five": 5, "hundred": 100}.items(), key=lambda pair: abs(pair[1] - _cost))[0],
        say(
            ko=f"−log 0.01 = {_cost:.2f}. 자신 있게 틀릴수록 비용은 **끝없이** 커집니다. 제곱 오차라면 (1 − 0.01)<sup>2</sup> = {0.99**2:.2f}에 그칩니다.",
            en=f"−log 0.01 = {_cost:.2f}. Sure and wrong costs **without limit**. Squared error would stop at (1 − 0.01)<sup>2</sup> = {0.99**2:.2f}.",
        ),
    )
    return


@app.cell
def row_handles(say):
    h_slider = mo.ui.slider(
        0.01,
        0.99,
        0.01,
        value=0.7,
        label=say(ko="예측한 확률 H", en="predicted probability H"),
        show_value=True,
        full_width=True,
    )
    y_choice = mo.ui.radio(options={"y = 1": 1.0, "y = 0": 0.0}, value="y = 1", inline=True)
    return h_slider, y_choice


@app.cell
def row_values(h_slider, y_choice):
    h, y_row = float(h_slider.value), float(y_choice.value)
    return h, y_row


@app.cell
def row_code(say):
    ROW = """
by_hand = -(y * torch.log(H) + (1 - y) * torch.log(1 - H))
print(by_hand)
print(F.binary_cross_entropy(H, y))
"""
    row_box = codebox.editor(say, ROW)
    return ROW, row_box


@app.cell
def row_run(ROW, h, row_box, y_row):
    row_ran = codebox.run(row_box, ROW, torch=torch, F=F, H=torch.tensor(h), y=torch.tensor(y_row))
    row_cost = F.binary_cross_entropy(torch.tensor(h), torch.tensor(y_row)).item()
    return row_cost, row_ran


@app.cell
def row_screen(h, h_slider, row_cost, say, y_choice, y_row):
    _h = torch.arange(0.005, 1, 0.005)
    _picture = Figure(say(ko="한 명의 비용", en="The cost of one row"), x=(0, 1), y=(0, 5), drag="H")
    _picture.axes("H", say(ko="비용", en="cost"), (0, 0.25, 0.5, 0.75, 1), range(6))
    _one, _zero = ("blue", "ghost dashed") if y_row else ("ghost", "red dashed")
    _picture.curve(_h.tolist(), (-torch.log(_h)).tolist(), _one)
    _picture.curve(_h.tolist(), (-torch.log(1 - _h)).tolist(), _zero)
    _picture.text(0.13, 3.3, "−log H", f"note start {'blue' if y_row else 'soft'}")
    _picture.text(0.87, 3.3, "−log(1 − H)", f"note end {'soft' if y_row else 'red'}")
    _picture.handle(h, row_cost)
    _y, _not = f"{y_row:.0f}", f"{1 - y_row:.0f}"
    stage.screen(
        say(ko="한 명의 비용", en="What one row costs"),
        say(
            ko="정답이 1이면 `−log H`, 0이면 `−log(1 − H)`. 두 경우를 한 줄로 쓰면 **한쪽 항은 언제나 0**이 됩니다.",
            en="If the truth is 1 the cost is `−log H`, if it is 0, `−log(1 − H)`. Written as one line, **one term is always 0**.",
        ),
        name="row",
        picture=_picture.html(),
        side=stage.control("H", h_slider)
        + stage.control("y", y_choice)
        + lines(
            "−[ y log H + (1 − y) log(1 − H) ]",
            f"= −[ {live(_y, 'y')} · {times(math.log(h))} + {live(_not, 'y')} · {times(math.log(1 - h))} ]",
            f"= {live(f'{row_cost:.4f}')}",
        )
        + stage.verdict(
            row_cost < math.log(2),
            say(
                ko=f"반반(H = 0.5)이라고 답할 때의 {math.log(2):.4f}보다 {'쌉니다.' if row_cost < math.log(2) else '싸지 않습니다.'}",
                en=f"{'Cheaper' if row_cost < math.log(2) else 'Not cheaper'} than answering one half (H = 0.5), which costs {math.log(2):.4f}.",
            ),
        ),
    )
    return


@app.cell
def row_lines(row_box, row_ran, say):
    stage.panel(
        codebox.show(
            say,
            row_box,
            row_ran,
            say(
                ko="직접 쓴 식과 `F.binary_cross_entropy`가 같습니다. `H = torch.tensor(0.)`을 첫 줄에 넣고 실행하면 어떻게 될까요?",
                en="The line by hand equals `F.binary_cross_entropy`. What if you put `H = torch.tensor(0.)` on top?",
            ),
        )
    )
    return


# --- 2. two costs -----------------------------------------------------------------------------------------------------


@app.cell
def data_handle(say):
    _exam = say(ko="시험 점수 (평균을 뺀 값)", en="exam scores (less their mean)")
    data_choice = mo.ui.radio(
        options={_exam: "exam", say(ko="골짜기가 둘인 데이터", en="a set with two valleys"): "valleys"},
        value=_exam,
        inline=True,
    )
    return (data_choice,)


@app.cell
def data_value(data_choice):
    data = data_choice.value
    return (data,)


@app.cell
def ball_handle(data, say):
    _low, _high = DATA[data][2]
    ball_slider = mo.ui.slider(
        _low,
        _high,
        0.01,
        value=_low if data == "exam" else _high,
        label=say(ko="공의 자리 W (b = 0)", en="the ball's W (b = 0)"),
        show_value=True,
        full_width=True,
    )
    return (ball_slider,)


@app.cell
def ball_value(ball_slider):
    ball = float(ball_slider.value)
    return (ball,)


@app.cell
def cost_curves(data):
    x, y, span = DATA[data]
    ws = torch.linspace(*span, 401)
    curves = {
        name: over(cost, x, y, ws)
        for name, cost in (("straight", straight), ("squared", squared), ("entropy", entropy))
    }
    lows = {name: [(ws[i].item(), curve[i].item()) for i in valleys(curve)] for name, curve in curves.items()}
    return curves, lows, span, ws, x, y


@app.cell
def ball_numbers(ball, x, y):
    at_ball = {
        name: height_and_slope(cost, x, y, ball)
        for name, cost in (("straight", straight), ("squared", squared), ("entropy", entropy))
    }
    return (at_ball,)


@app.cell
def ball_screen(at_ball, ball, ball_slider, curves, data, data_choice, lows, say, span, ws):
    _names = {
        "straight": (say(ko="직선 · 제곱 오차", en="line · squared error"), "green"),
        "squared": (say(ko="시그모이드 · 제곱 오차", en="sigmoid · squared error"), "red dashed"),
        "entropy": (say(ko="시그모이드 · 교차 엔트로피", en="sigmoid · cross-entropy"), "blue"),
    }
    _panels = []
    for _name, (_title, _kind) in _names.items():
        _top = float(curves[_name].max()) * 1.08
        _height, _slope = at_ball[_name]
        _panel = Figure(_title, x=span, y=(0, _top), width=340, height=290, drag="ball")
        _panel.axes("W", "", (span[0], sum(span) / 2, span[1]), ticks(0, _top, 3))
        _panel.curve(ws.tolist(), curves[_name].tolist(), _kind)
        for _w, _low in lows[_name]:
            _panel.dot(_w, _low, "green", 6)
        _run = (span[1] - span[0]) * 0.11
        _panel.segment(ball - _run, _height - _run * _slope, ball + _run, _height + _run * _slope, "thin")
        _panel.handle(ball, _height)
        _at = ", ".join(number(_w) for _w, _ in lows[_name])
        _found = (
            say(ko=f"가장 낮은 곳 W = {_at}", en=f"lowest at W = {_at}")
            if _at
            else say(ko="이 범위에는 바닥이 없음", en="no bottom in this range")
        )
        if len(lows[_name]) > 1:
            _found = say(ko=f"골짜기 {len(lows[_name])}개: W = {_at}", en=f"{len(lows[_name])} valleys: W = {_at}")
        _slope_words = say(ko="기울기", en="slope")
        _panels.append(
            f"<div><h3>{_title}</h3>{_panel.html(f'{_slope_words} {live(number(_slope))} · {_found}')}</div>"
        )
    _words = (
        say(
            ko="공을 왼쪽 끝에 두어 보세요. **가장 크게 틀린 곳**에서 제곱 오차는 거의 평평해 공이 구르지 않지만, 교차 엔트로피는 가파릅니다. 이 데이터에서는 골짜기가 여럿인 것이 아니라 **평평한 것**이 문제입니다.",
            en="Put the ball at the left end. Where the model is **most wrong** squared error is nearly flat and no ball will roll, while cross-entropy is steep. On these data the fault is not many valleys but **flatness**.",
        )
        if data == "exam"
        else say(
            ko="이 다섯 점에서는 제곱 오차에 **골짜기가 정말 두 개** 있습니다. 시작점에 따라 도착하는 곳이 다릅니다. 교차 엔트로피에는 하나뿐입니다.",
            en="On these five points squared error really has **two valleys**, and where you end depends on where you start. Cross-entropy has one.",
        )
    )
    stage.screen(
        say(ko="비용의 생김새", en="The shape of a cost"),
        _words,
        name="ball",
        picture=f'{stage.control("data", data_choice)}<div class="row3">{"".join(_panels)}</div>',
        below=f'<div class="under">{stage.control("ball", ball_slider)}</div>',
    )
    return


@app.cell
def ball_mission(at_ball, ball, data, lows, say):
    _deepest = min(lows["squared"], key=lambda low: low[1])[0] if lows["squared"] else None
    _false = [w for w, _ in lows["squared"] if w != _deepest]
    fooled = data == "valleys" and any(abs(ball - w) <= 0.02 for w in _false)
    stage.mission(
        say,
        passed,
        "3-1",
        fooled,
        say(
            ko="“골짜기가 둘인 데이터”에서, 제곱 오차의 기울기는 거의 0인데 **가장 낮지는 않은** 곳에 공을 두세요.",
            en="On the set with two valleys, put the ball where squared error's slope is almost 0, yet it is **not the lowest** place.",
        ).replace("**", ""),
        say(
            ko=f"여기서 시작하면 경사 하강법은 꼼짝하지 않습니다. 교차 엔트로피에서는 기울기가 {number(at_ball['entropy'][1])}, 그래서 계속 굴러갑니다.",
            en=f"Started here, gradient descent would never move. Cross-entropy has a slope of {number(at_ball['entropy'][1])} and rolls on.",
        ),
    )
    return (fooled,)


# --- 3. rolling -------------------------------------------------------------------------------------------------------


@app.cell
def roll_handles(say):
    _entropy = say(ko="교차 엔트로피", en="cross-entropy")
    roll_cost = mo.ui.radio(
        options={_entropy: "entropy", say(ko="제곱 오차", en="squared error"): "squared"}, value=_entropy, inline=True
    )
    start_slider = mo.ui.slider(
        -0.5, 1.5, 0.01, value=1.5, label=say(ko="시작하는 W", en="starting W"), show_value=True, full_width=True
    )
    rate_slider = mo.ui.slider(
        steps=[0.01, 0.03, 0.1, 0.3, 1, 3, 10],
        value=0.03,
        label=say(ko="학습률 α", en="learning rate α"),
        show_value=True,
        full_width=True,
    )
    count_slider = mo.ui.slider(
        steps=[0, 1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 100],
        value=1,
        label=say(ko="걸음 수", en="steps"),
        show_value=True,
        full_width=True,
    )
    return count_slider, rate_slider, roll_cost, start_slider


@app.cell
def roll_values(count_slider, rate_slider, start_slider):
    start, rate, count = float(start_slider.value), float(rate_slider.value), int(count_slider.value)
    return count, rate, start


@app.cell
def roll_kind(roll_cost):
    kind = roll_cost.value  # in a cell of its own, so that a slider does not take typed code back
    return (kind,)


@app.cell
def roll_code(kind, say):
    _cost = {
        "entropy": "-(y * torch.log(H) + (1 - y) * torch.log(1 - H)).mean()",
        "squared": "((H - y) ** 2).mean()",
    }[kind]
    _into, _rule = (
        say(ko="기울기가 W.grad에 들어간다", en="the slope goes into W.grad"),
        say(ko="W := W - lr * 기울기", en="W := W - lr * slope"),
    )
    ROLL = f"""
W = torch.tensor(start, requires_grad=True)
path = [start]
for step in range(steps):
    H = torch.sigmoid(W * x)
    cost = {_cost}
    cost.backward()                # {_into}
    with torch.no_grad():
        W -= lr * W.grad           # {_rule}
    W.grad = None
    path.append(W.item())
"""
    roll_box = codebox.editor(say, ROLL)
    return ROLL, roll_box


@app.cell
def roll_valley(kind):
    # what a slider does not move: the curve the ball rolls on
    _x, _y, _ = DATA["valleys"]
    roll_cost_of = {"entropy": entropy, "squared": squared}[kind]
    roll_ws = torch.linspace(-0.5, 1.5, 201)
    roll_curve = over(roll_cost_of, _x, _y, roll_ws)
    roll_low = roll_curve.min().item()
    return roll_cost_of, roll_curve, roll_low, roll_ws


@app.cell
def roll_run(ROLL, count, rate, roll_box, roll_cost_of, start):
    _x, _y, _ = DATA["valleys"]
    rolled = codebox.run(roll_box, ROLL, torch=torch, x=_x, y=_y, start=start, lr=rate, steps=count)
    path = [float(w) for w in rolled.get("path") or [start]]
    roll_heights = over(roll_cost_of, _x, _y, torch.tensor(path)).tolist()
    next_slope = height_and_slope(roll_cost_of, _x, _y, path[-1])[1]
    return next_slope, path, roll_heights, rolled


@app.cell
def roll_screen(
    count,
    count_slider,
    kind,
    next_slope,
    path,
    rate,
    rate_slider,
    roll_cost,
    roll_curve,
    roll_heights,
    roll_low,
    roll_ws,
    say,
    start_slider,
):
    _top = float(roll_curve.max()) * 1.1
    _picture = Figure(say(ko="구르는 공", en="A rolling ball"), x=(-0.5, 1.5), y=(0, _top), drag="start")
    _picture.axes("W", say(ko="비용", en="cost"), (-0.5, 0, 0.5, 1, 1.5), ticks(0, _top))
    _picture.curve(roll_ws.tolist(), roll_curve.tolist(), "blue" if kind == "entropy" else "red dashed")
    _picture.curve(path, roll_heights, "thin")
    for _w, _height in zip(path[:-1], roll_heights):
        _picture.dot(_w, _height, "ink", 4.5)
    _now, _there = path[-1], roll_heights[-1]
    if math.isfinite(_now) and -0.5 <= _now <= 1.5:
        _picture.handle(_now, _there)
    if not math.isfinite(_now):
        _good, _words = (
            False,
            say(
                ko="W가 nan이 되었습니다. 걸음이 너무 커서 H가 0이나 1이 되고, 0 · log 0을 만났습니다.",
                en="W is nan: the steps were so large that H became 0 or 1 and met 0 · log 0.",
            ),
        )
    elif max(roll_heights) > roll_heights[0] + 1e-6 or (count > 2 and roll_heights[-1] > roll_heights[-2]):
        _good, _words = (
            False,
            say(
                ko="걸음이 너무 커서 골짜기를 건너뛰고 있습니다. 학습률을 낮춰 보세요.",
                en="The steps are so large that they leap over the valley. Try a smaller rate.",
            ),
        )
    elif _there < roll_low + 0.001:
        _good, _words = True, say(ko="가장 낮은 곳에 닿았습니다.", en="The lowest place is reached.")
    elif abs(next_slope) < 0.02 and count >= 10:
        _good, _words = (
            False,
            say(
                ko="기울기가 거의 0이라 멈춰 섰지만, 가장 낮은 곳이 아닙니다.",
                en="The slope is almost 0, so the ball stands still, but not at the lowest place.",
            ),
        )
    else:
        _good, _words = None, say(ko="아직 내려가는 중입니다.", en="Still on the way down.")
    _next = number(_now - rate * next_slope) if math.isfinite(_now) else "nan"
    stage.screen(
        say(ko="공을 굴려 봅시다", en="Roll the ball"),
        say(
            ko="기울기의 반대쪽으로 **학습률 × 기울기**만큼 움직입니다. 이 한 줄을 되풀이하는 것이 경사 하강법입니다.",
            en="Move against the slope, by **rate × slope**. Repeating this one line is gradient descent.",
        ),
        name="roll",
        picture=stage.control("roll-cost", roll_cost) + _picture.html(),
        side=stage.control("start", start_slider)
        + stage.control("rate", rate_slider)
        + stage.control("count", count_slider)
        + lines(
            f"W := W − α · {frac(f'{PARTIAL}cost', f'{PARTIAL}W')}",
            f"{live(number(_now), 'w') if math.isfinite(_now) else 'nan'} − {rate:g} · {times(next_slope) if math.isfinite(next_slope) else 'nan'} = {live(_next, 'w')}",
        )
        + stage.verdict(_good, _words),
    )
    return


@app.cell
def roll_mission(count, kind, roll_heights, roll_low, say, start):
    arrived = (
        kind == "entropy"
        and start >= 1.2
        and count <= 10
        and len(roll_heights) == count + 1
        and roll_heights[-1] < roll_low + 0.001
    )
    stage.mission(
        say,
        passed,
        "3-2",
        arrived,
        say(
            ko="교차 엔트로피로, W = 1.2보다 오른쪽에서 출발해 10걸음 안에 가장 낮은 곳까지 가세요.",
            en="With cross-entropy, start to the right of W = 1.2 and reach the lowest place within 10 steps.",
        ),
        say(
            ko="학습률이 작으면 기어가고, 크면 건너뜁니다. 이제 비용만 **제곱 오차**로 바꿔 보세요. 같은 출발점에서 다른 골짜기에 갇힙니다.",
            en="A small rate crawls, a large one leaps. Now switch to **squared error**: from the same start it is caught in the wrong valley.",
        ),
    )
    return (arrived,)


@app.cell
def roll_lines(roll_box, rolled, say):
    stage.panel(codebox.show(say, roll_box, rolled))
    return


# --- 4. the surface ---------------------------------------------------------------------------------------------------


@app.cell
def surface_handles(say):
    surface_w = mo.ui.slider(-3, 9, 0.1, value=-2, label="W", show_value=True, full_width=True)
    surface_b = mo.ui.slider(-6, 6, 0.1, value=4, label="b", show_value=True, full_width=True)
    surface_rate = mo.ui.slider(
        steps=[0.03, 0.1, 0.3, 1, 3, 10],
        value=0.3,
        label=say(ko="학습률 α", en="learning rate α"),
        show_value=True,
        full_width=True,
    )
    surface_count = mo.ui.slider(
        steps=[0, 1, 2, 5, 10, 20, 50, 100, 200],
        value=0,
        label=say(ko="걸음 수", en="steps"),
        show_value=True,
        full_width=True,
    )
    return surface_b, surface_count, surface_rate, surface_w


@app.cell
def surface_values(surface_b, surface_count, surface_rate, surface_w):
    w_0, b_0 = float(surface_w.value), float(surface_b.value)
    surface_lr, surface_steps = float(surface_rate.value), int(surface_count.value)
    return b_0, surface_lr, surface_steps, w_0


@app.cell
def surface_field():
    # lesson 1's seven pupils, the one with 62 points failing: with an exception among them there is a lowest place
    x_7 = torch.cat([CENTERED, torch.tensor([62.0 - deck.EXAM_CENTER])]) / 10  # in tens of points
    y_7 = torch.tensor([*deck.EXAM_PASSED, 0.0])
    _w, _b = torch.meshgrid(torch.linspace(-3, 9, 90), torch.linspace(-6, 6, 70), indexing="xy")
    surface = entropy(x_7[:, None, None] * _w + _b, y_7[:, None, None])
    lowest = surface.min().item()
    shade = 1 - (torch.log(surface) - math.log(lowest)) / (torch.log(surface.max()) - math.log(lowest))
    shaded = Figure("", x=(-3, 9), y=(-6, 6)).field(shade.numpy()).parts[0]  # drawn once: it never changes
    return lowest, shaded, x_7, y_7


@app.cell
def surface_path(b_0, surface_lr, surface_steps, w_0, x_7, y_7):
    # the same line as above, for W and b at once; the slopes are mean((H - y) x) and mean(H - y)
    _w, _b, surface_walk, surface_costs = torch.tensor(w_0), torch.tensor(b_0), [], []
    slope_w = slope_b = 0.0
    for _step in range(surface_steps + 1):
        _z = _w * x_7 + _b
        surface_walk.append((_w.item(), _b.item()))
        surface_costs.append(entropy(_z, y_7).item())
        _off = torch.sigmoid(_z) - y_7
        slope_w, slope_b = (_off * x_7).mean().item(), _off.mean().item()
        _w, _b = _w - surface_lr * slope_w, _b - surface_lr * slope_b
    return slope_b, slope_w, surface_costs, surface_walk


@app.cell
def surface_screen(
    b_0,
    lowest,
    say,
    shaded,
    slope_b,
    slope_w,
    surface_b,
    surface_costs,
    surface_count,
    surface_rate,
    surface_w,
    surface_walk,
    w_0,
):
    _picture = Figure(
        say(ko="W와 b 위의 비용", en="The cost over W and b"), x=(-3, 9), y=(-6, 6), drag="sw", drag_y="sb"
    )
    _picture.parts.append(shaded)
    _picture.axes("W", "b", range(-3, 10, 3), range(-6, 7, 3))
    _picture.curve([w for w, _ in surface_walk], [b for _, b in surface_walk], "thin")
    _last = surface_walk[0]
    for _w, _b in surface_walk[1:]:
        if math.hypot(_picture.px(_w) - _picture.px(_last[0]), _picture.py(_b) - _picture.py(_last[1])) > 10:
            _picture.dot(_w, _b, "ink", 3.5)  # nearer to each other they would hide the path
            _last = _w, _b
    _picture.handle(w_0, b_0).dot(surface_walk[-1][0], surface_walk[-1][1], "green", 7)
    _near = surface_costs[-1] < lowest + 0.01
    stage.screen(
        say(ko="곡면 위에서", en="On the surface"),
        say(
            ko="W와 b를 함께 움직이면 비용은 곡면이 됩니다. 파랄수록 낮은 곳입니다. 그림 속 공을 **아무 데나** 끌어다 놓고 걸음 수를 늘려 보세요.",
            en="With W and b together the cost is a surface; the bluer, the lower. Drag the ball **anywhere**, then take steps.",
        ),
        name="surface",
        picture=_picture.html(
            say(
                ko="데이터는 1번째 수업의 일곱 명(62점 불합격)이고, 점수는 평균을 빼고 10점 단위로 적었습니다. ○ 시작, ● 지금",
                en="Lesson 1's seven pupils (62 failing); scores less their mean, in tens of points. ○ start, ● now",
            )
        ),
        side=stage.control("sw", surface_w)
        + stage.control("sb", surface_b)
        + stage.control("srate", surface_rate)
        + stage.control("scount", surface_count)
        + lines(
            f"W := {number(surface_walk[-1][0], 3)}{plus(-slope_w * 1, 3).replace(' + ', ' + α · ').replace(' − ', ' − α · ')}",
            f"b := {number(surface_walk[-1][1], 3)}{plus(-slope_b * 1, 3).replace(' + ', ' + α · ').replace(' − ', ' − α · ')}",
        )
        + stage.verdict(
            _near or None,
            say(
                ko=f"비용 {surface_costs[-1]:.3f}, 이 그림에서 가장 낮은 비용 {lowest:.3f}. 가장 가파른 쪽으로 내려가므로 길이 휩니다.",
                en=f"Cost {surface_costs[-1]:.3f}; the lowest here is {lowest:.3f}. Each step goes down the steepest way, so the path bends.",
            ),
        ),
    )
    return


@app.cell
def closing(lang, say):
    stage.closing(
        3,
        lang,
        [
            say(
                ko="분류의 비용은 **교차 엔트로피**입니다. 자신 있게 틀릴수록 비쌉니다.",
                en="The cost of classification is **cross-entropy**: sure and wrong is dear.",
            ),
            say(
                ko="시그모이드에 제곱 오차를 쓰면 **평평해지거나 골짜기가 여럿** 생깁니다.",
                en="Squared error over a sigmoid goes **flat, or has several valleys**.",
            ),
            say(
                ko="`W := W − α · 기울기`. **학습률**이 작으면 기어가고 크면 건너뜁니다.",
                en="`W := W − α · slope`. A small **learning rate** crawls, a large one leaps.",
            ),
        ],
    )
    return


if __name__ == "__main__":
    app.run()

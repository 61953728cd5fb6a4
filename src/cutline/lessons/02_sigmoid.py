"""Lesson 2, the sigmoid: what W and b do to the S-curve, where it ends, and how a threshold makes it decide."""

import marimo

app = marimo.App(width="full", app_title="Cutline 2", css_file="style.css", html_head_file="head.html")

with app.setup:
    import math

    import marimo as mo
    import numpy as np
    import torch

    from cutline import deck
    from cutline.curve import sigmoid
    from cutline.lessons import codebox, stage
    from cutline.lessons.drawing import Figure
    from cutline.lessons.formula import frac, lines, live, number, plus, sigmoid_of, times

    passed = set()  # missions of this visit


@app.cell
def language():
    lang = stage.language()
    say = stage.teller(lang)
    return lang, say


@app.cell
def opening(lang, say):
    stage.opening(
        2,
        lang,
        say(
            ko="합격 확률은 0보다 작을 수도, 1보다 클 수도 없습니다. 어떤 수를 넣어도 **0과 1 사이의 값**을 돌려주는 S자 곡선, "
            "그것이 시그모이드 함수입니다. 이 곡선을 움직이는 손잡이는 **W와 b** 두 개뿐입니다.",
            en="A probability is never below 0 and never above 1. The sigmoid is the S-curve that turns any number into one "
            "**between 0 and 1**, and it has only two handles: **W and b**.",
        ),
    )
    return


# --- 1. two handles ---------------------------------------------------------------------------------------------------


@app.cell
def steeper_question(say):
    steeper_guess = stage.choices(
        {
            "right": say(ko="곡선이 오른쪽으로 옮겨 간다", en="The curve moves to the right"),
            "steep": say(ko="곡선이 더 가팔라진다", en="The curve becomes steeper"),
            "high": say(ko="곡선이 1보다 높이 올라간다", en="The curve rises above 1"),
        }
    )
    return (steeper_guess,)


@app.cell
def steeper(say, steeper_guess):
    # the slope in the middle is W/4, whatever b is: asked of torch, not told
    _x = torch.zeros(1, requires_grad=True)
    _slope = torch.autograd.grad(torch.sigmoid(3 * _x), _x)[0].item()
    stage.predict(
        say,
        say(ko="W를 1에서 3으로 키우면 어떻게 될까요?", en="What happens when W grows from 1 to 3?"),
        steeper_guess,
        "steep" if _slope > 0.25 else "right",
        say(
            ko=f"한가운데의 기울기는 W/4입니다. W = 3이면 {_slope:.2f}, W = 1이면 0.25. 직선에서 W가 기울기였듯, 여기서는 곡선의 **경사도**입니다.",
            en=f"The slope in the middle is W/4: {_slope:.2f} at W = 3, and 0.25 at W = 1. W was a line's slope; here it is the curve's **steepness**.",
        ),
    )
    return


@app.cell
def handles(say):
    w = mo.ui.slider(
        -3, 3, 0.1, value=1, label=say(ko="W · 경사", en="W · steepness"), show_value=True, full_width=True
    )
    b = mo.ui.slider(-5, 5, 0.1, value=0, label=say(ko="b · 위치", en="b · position"), show_value=True, full_width=True)
    return b, w


@app.cell
def handle_values(b, w):
    W, B = float(w.value), float(b.value)
    return B, W


@app.cell
def curve_code(say):
    CURVE = """
x = torch.arange(-5.0, 5.0, 0.1)
H = torch.sigmoid(W * x + b)
"""
    curve_box = codebox.editor(say, CURVE)
    return CURVE, curve_box


@app.cell
def curve_run(B, CURVE, W, curve_box):
    curve = codebox.run(curve_box, CURVE, torch=torch, W=torch.tensor(W), b=torch.tensor(B))
    middle = -B / W if W else math.nan  # where Wx + b = 0, and H is one half
    return curve, middle


@app.cell
def curve_screen(B, W, b, curve, middle, say, w):
    _picture = Figure(say(ko="시그모이드 곡선", en="The sigmoid curve"), x=(-5, 5), y=(0, 1))
    _picture.axes("x", "H(x)", range(-5, 6), (0, 0.25, 0.5, 0.75, 1))
    _x = np.arange(-5.0, 5.0, 0.1)
    _picture.curve(_x, sigmoid(_x), "ghost dashed").vertical(0, "dotted")
    if math.isfinite(middle):
        _picture.vertical(middle, "thin dashed", f"x = {number(middle)}")
    _drawn, _at = curve.get("H"), curve.get("x")
    if isinstance(_drawn, torch.Tensor) and isinstance(_at, torch.Tensor) and _drawn.shape == _at.shape:
        _picture.curve(_at.tolist(), _drawn.tolist(), "blue")
    _picture.dot(middle, 0.5, "ink")
    _z = f"{live(times(W, 1), 'w')}x{live(plus(B, 1), 'b')}"
    _where = (
        say(ko="W = 0이면 곡선이 평평해져 가운데가 없습니다.", en="With W = 0 the curve is flat and has no middle.")
        if not W
        else say(
            ko="굵은 점이 곡선의 한가운데, H = 0.5인 곳입니다.", en="The dot is the middle of the curve, where H = 0.5."
        )
    )
    stage.screen(
        say(ko="손잡이는 두 개", en="Two handles"),
        say(
            ko="W는 얼마나 **가파른지**, b는 곡선이 **어디에 있는지**를 정합니다. 회색 점선은 W = 1, b = 0일 때입니다.",
            en="W sets how **steep** the curve is, and b **where** it stands. The gray dashes are W = 1, b = 0.",
        ),
        name="handles",
        picture=_picture.html(),
        side=stage.control("W", w)
        + stage.control("b", b)
        + lines(
            f"H(x) = {sigmoid_of(_z)}",
            f"−b / W = {live(number(middle)) if W else '—'}",
        )
        + stage.verdict(None, _where),
    )
    return


@app.cell
def curve_mission(B, W, middle, say):
    low, high = sigmoid(W * 1 + B), sigmoid(W * 3 + B)
    curve_done = low <= 0.1 and high >= 0.9
    stage.mission(
        say,
        passed,
        "2-1",
        curve_done,
        say(
            ko=f"x = 1에서는 H가 0.1 이하, x = 3에서는 0.9 이상이 되게 해 보세요. 지금은 {low:.2f}, {high:.2f}입니다.",
            en=f"Make H at most 0.1 at x = 1, and at least 0.9 at x = 3. Now they are {low:.2f} and {high:.2f}.",
        ),
        say(
            ko="가운데 −b/W를 2 근처에 두고 W를 키우면 됩니다. **가운데는 −b/W, 경사는 W**입니다.",
            en="Put the middle, −b/W, near 2 and make W large. **The middle is −b/W; the steepness is W.**",
        ),
    )
    return curve_done, high, low


@app.cell
def curve_lines(curve, curve_box, say):
    stage.panel(
        f"<h3 class='kicker'>{say(ko='이 곡선을 그린 torch 코드', en='The torch lines that drew it')}</h3>",
        codebox.show(
            say,
            curve_box,
            curve,
            say(
                ko="슬라이더의 W와 b가 그대로 들어옵니다. `torch.sigmoid(…)`를 `1 / (1 + torch.exp(-(W * x + b)))`로 바꿔 실행해 보세요. 같은 곡선입니다.",
                en="W and b come from the sliders. Put `1 / (1 + torch.exp(-(W * x + b)))` in place of `torch.sigmoid(…)`: the same curve.",
            ),
        ),
    )
    return


# --- 2. the ends ------------------------------------------------------------------------------------------------------


@app.cell
def far_handle(say):
    far = mo.ui.slider(
        -120, 120, 1, value=4, label=say(ko="넣는 값 z", en="the input z"), show_value=True, full_width=True
    )
    return (far,)


@app.cell
def far_value(far):
    z = float(far.value)
    return (z,)


@app.cell
def far_numbers(z):
    # as the deck writes it, and as torch does it, both in torch's usual 32 bits
    _z = torch.tensor(z)
    exponential = torch.exp(-_z).item()
    by_hand = (1 / (1 + torch.exp(-_z))).item()
    h_far, left_over = torch.sigmoid(_z).item(), torch.sigmoid(-_z).item()
    return by_hand, exponential, h_far, left_over


@app.cell
def far_screen(by_hand, exponential, far, h_far, left_over, say, z):
    if h_far in (0.0, 1.0):
        _words = say(
            ko=f"32비트로는 이제 정확히 {h_far:.0f}입니다. 여기에 log를 씌우면 −∞를 만납니다. 3, 4번째 수업에서 다시 봅니다.",
            en=f"In 32 bits this is now exactly {h_far:.0f}. A log would meet −∞ here; lessons 3 and 4 come back to it.",
        )
    else:
        _words = say(
            ko="0이나 1에 한없이 가까워지지만 수학에서는 결코 닿지 않습니다.",
            en="It comes as near to 0 or 1 as you like; in mathematics it never arrives.",
        )
    _picture = Figure(say(ko="양 끝", en="The two ends"), x=(-12, 12), y=(0, 1), height=300)
    _x = np.arange(-12, 12.05, 0.1)
    _picture.axes("z", "H", range(-12, 13, 4), (0, 0.5, 1)).curve(_x, sigmoid(_x), "blue")
    _picture.dot(min(max(z, -12), 12), h_far, "ink", 9)
    stage.screen(
        say(ko="끝은 0과 1", en="The ends are 0 and 1"),
        say(
            ko="넣는 값이 한없이 커지면 1로, 한없이 작아지면 0으로 수렴합니다. 그래서 출력은 **확률**로 읽을 수 있습니다.",
            en="As the input grows the output tends to 1, as it falls to 0. That is why it can be read as a **probability**.",
        ),
        name="ends",
        picture=_picture.html(),
        side=stage.control("z", far)
        + lines(
            f"e<sup>−z</sup> = {live(f'{exponential:.4g}')}",
            f"H = {live(f'{h_far:.10g}')}",
            f"1 − H = {live(f'{left_over:.3g}')}",
        )
        + stage.verdict(h_far == by_hand or None, _words),
    )
    return


# --- 3. the threshold -------------------------------------------------------------------------------------------------


@app.cell
def threshold_handle(say):
    threshold = mo.ui.slider(
        0.05, 0.95, 0.01, value=0.5, label=say(ko="임계값", en="threshold"), show_value=True, full_width=True
    )
    return (threshold,)


@app.cell
def threshold_value(threshold):
    p = float(threshold.value)
    return (p,)


@app.cell
def decide_code(say):
    DECIDE = """
H = torch.sigmoid(W * score + b)
prediction = (H >= threshold).float()
for s, h, y in zip(score, H, prediction):
    print(f"{s:.0f}  H = {h:.3f}  ->  {y:.0f}")
"""
    decide_box = codebox.editor(say, DECIDE)
    return DECIDE, decide_box


@app.cell
def decide_run(DECIDE, decide_box, p):
    # Firth's answer on the deck's six scores; lesson 4 tells why plain maximum likelihood has none
    _w, _b = deck.EXAM_W, deck.EXAM_B
    decided = codebox.run(
        decide_box, DECIDE, torch=torch, score=torch.tensor(deck.EXAM_SCORES), threshold=p, W=_w, b=_b
    )
    cut = (math.log(p / (1 - p)) - _b) / _w
    called = [float(sigmoid(_w * s + _b) >= p) for s in deck.EXAM_SCORES]
    mistakes = sum(c != y for c, y in zip(called, deck.EXAM_PASSED))
    return called, cut, decided, mistakes


@app.cell
def threshold_screen(called, cut, mistakes, p, say, threshold):
    _picture = Figure(
        say(ko="임계값과 커트라인", en="Threshold and cut line"), x=(40, 75), y=(-0.06, 1.06), drag_y="threshold"
    )
    _picture.band(40, cut, "red").band(cut, 75, "blue")
    _picture.axes(say(ko="점수", en="score"), "H", range(40, 76, 5), (0, 0.25, 0.5, 0.75, 1))
    _x = np.arange(40, 75.1, 0.25)
    _picture.curve(_x, sigmoid(deck.EXAM_W * _x + deck.EXAM_B), "blue").horizontal(p, "dashed thin")
    _picture.vertical(cut, "dashed thin", say(ko=f"커트라인 {cut:.1f}", en=f"cut line {cut:.1f}"))
    for _s, _y, _c in zip(deck.EXAM_SCORES, deck.EXAM_PASSED, called):
        _picture.row(_s, _y, _y, wrong=_c != _y)
    _picture.handle(cut, p)
    _odds = frac("p", "1 − p")
    _cut = frac(f"log({_odds}) − b", "W")
    stage.screen(
        say(ko="확률을 판정으로", en="From a probability to a decision"),
        say(
            ko="임계값이 0.5일 때, H가 **0.5 이상이면 1**, **0.5보다 작으면 0**입니다. 정확히 0.5인 경우는 한쪽에만 넣어야 합니다. 여기서는 1입니다.",
            en="With a threshold of 0.5, **0.5 or more is 1** and **less is 0**. Exactly 0.5 can only go to one side; here it is 1.",
        ),
        name="threshold",
        picture=_picture.html(
            say(
                ko="● 합격(1) · ✕ 불합격(0) · 점선 고리는 틀린 판정",
                en="● pass (1) · ✕ fail (0) · a dashed ring: decided wrongly",
            )
        ),
        side=stage.control("threshold", threshold)
        + lines(
            f"H ≥ {live(f'{p:.2f}')} → 1",
            f"x ≥ {_cut} = {live(number(cut, 1))}",
        )
        + stage.verdict(
            mistakes == 0,
            say(
                ko=f"여섯 명 중 {mistakes}명을 잘못 판정합니다." if mistakes else "여섯 명을 모두 바르게 판정합니다.",
                en=f"{mistakes} of six are decided wrongly." if mistakes else "All six are decided rightly.",
            ),
        ),
    )
    return


@app.cell
def threshold_mission(called, mistakes, p, say):
    strict_done = called[3] == 0 and called[4] == 1
    stage.mission(
        say,
        passed,
        "2-2",
        strict_done,
        say(
            ko="더 엄격한 선생님이 되어 보세요. 60점은 불합격, 65점은 합격이 되는 임계값을 찾으세요.",
            en="Be a stricter teacher: find a threshold at which 60 fails and 65 still passes.",
        ),
        say(
            ko="W와 b는 그대로인데 판정만 바뀌었습니다. **임계값은 모델이 아니라 사람이 정합니다.**",
            en="W and b have not moved; only the decision has. **The threshold is chosen by people, not by the model.**",
        ),
    )
    return (strict_done,)


@app.cell
def threshold_lines(decide_box, decided, say):
    stage.panel(codebox.show(say, decide_box, decided))
    return


@app.cell
def closing(lang, say):
    stage.closing(
        2,
        lang,
        [
            say(
                ko="**W는 경사, b는 위치.** 가운데는 언제나 x = −b/W입니다.",
                en="**W is steepness, b is position.** The middle is always x = −b/W.",
            ),
            say(
                ko="출력은 0과 1 사이라서 **확률**로 읽습니다.",
                en="The output lies between 0 and 1, so it reads as a **probability**.",
            ),
            say(
                ko="**임계값**이 확률을 판정으로 바꿉니다.",
                en="The **threshold** turns the probability into a decision.",
            ),
        ],
    )
    return


if __name__ == "__main__":
    app.run()

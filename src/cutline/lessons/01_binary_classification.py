"""Lesson 1, binary classification: the hidden cut line, a pupil who breaks it, why a line will not do, spam mail."""

import marimo

app = marimo.App(width="full", app_title="Cutline 1", css_file="style.css", html_head_file="head.html")

with app.setup:
    import marimo as mo
    import numpy as np
    import torch

    from cutline import deck
    from cutline.curve import sigmoid
    from cutline.lessons import codebox, fits, stage
    from cutline.lessons.drawing import Figure
    from cutline.lessons.formula import lines, live

    passed = set()  # missions of this visit
    perfect = set()  # cut lines found so far that make no mistake


@app.cell
def language():
    lang = stage.language()
    say = stage.teller(lang)
    return lang, say


@app.cell
def opening(lang, say):
    stage.opening(
        1,
        lang,
        say(
            ko="합격인가 불합격인가, 정상 메일인가 스팸 메일인가. 둘 중 하나를 정하는 문제를 **이진 분류**라고 합니다. "
            "여섯 학생의 점수와 결과는 알려졌지만 **커트라인은 공개되지 않았습니다.** 찾아봅시다.",
            en="Pass or fail, good mail or spam: choosing one of two is **binary classification**. "
            "Six pupils' scores and results are known, but **the cut line was never published.** Let us find it.",
        ),
    )
    return


# --- 1. the hidden cut line -------------------------------------------------------------------------------------------


@app.cell
def how_many_question(say):
    how_many_guess = stage.choices(
        {
            "one": say(ko="딱 하나, 57.5점", en="Exactly one, 57.5"),
            "few": say(ko="다섯 개, 56점부터 60점까지", en="Five: 56, 57, 58, 59 and 60"),
            "endless": say(ko="셀 수 없이 많다", en="More than can be counted"),
        }
    )
    return (how_many_guess,)


@app.cell
def mistakes_by_cut():
    # the rule "pass from the cut on", tried at every half point
    x = torch.tensor(deck.EXAM_SCORES)
    y = torch.tensor(deck.EXAM_PASSED)
    cuts = torch.arange(40.0, 75.5, 0.5)
    mistakes = ((x >= cuts[:, None]).float() != y).sum(1)
    free = cuts[mistakes == 0]
    return cuts, free, mistakes, x, y


@app.cell
def how_many(free, how_many_guess, say, x, y):
    _low, _high = float(x[y == 0].max()), float(x[y == 1].min())
    stage.predict(
        say,
        say(ko="한 명도 틀리지 않는 커트라인은 몇 개일까요?", en="How many cut lines make no mistake at all?"),
        how_many_guess,
        "endless" if len(free) > 1 else "one",
        say(
            ko=f"{_low:.0f}점보다 높고 {_high:.0f}점 이하이기만 하면 어디든 됩니다. 그 사이의 수는 셀 수 없이 많습니다.",
            en=f"Anything above {_low:.0f} and up to {_high:.0f} will do, and there is no counting the numbers in between.",
        ),
    )
    return


@app.cell
def cut_handle(say):
    cut_slider = mo.ui.slider(
        40, 75, 0.5, value=48, label=say(ko="커트라인", en="cut line"), show_value=True, full_width=True
    )
    return (cut_slider,)


@app.cell
def cut_value(cut_slider):
    cut = float(cut_slider.value)
    return (cut,)


@app.cell
def cut_code(say):
    CUT = """
x = torch.tensor([45., 50., 55., 60., 65., 70.])
y = torch.tensor([ 0.,  0.,  0.,  1.,  1.,  1.])
predict = (x >= cut).float()
errors = (predict != y).sum()
print(predict)
print(errors)
"""
    cut_box = codebox.editor(say, CUT)
    return CUT, cut_box


@app.cell
def cut_run(CUT, cut, cut_box, x, y):
    cut_ran = codebox.run(cut_box, CUT, torch=torch, cut=cut)
    judged = (x >= cut).float()
    wrong = int((judged != y).sum())
    if not wrong:
        perfect.add(cut)
    return cut_ran, judged, wrong


@app.cell
def cut_screen(cut, cut_slider, cuts, judged, mistakes, say, wrong, x, y):
    _picture = Figure(
        say(ko="점수와 결과", en="Scores and results"), x=(40, 75), y=(-0.2, 1.2), height=290, left=72, drag="cut"
    )
    _picture.band(40, cut, "red").band(cut, 75, "blue")
    _sides = {0: say(ko="불합격 0", en="fail 0"), 1: say(ko="합격 1", en="pass 1")}
    _picture.axes(say(ko="점수", en="score"), "", range(40, 76, 5), _sides)
    _picture.vertical(cut, "", say(ko=f"커트라인 {cut:g}", en=f"cut line {cut:g}"))
    for _x, _y, _judged in zip(x.tolist(), y.tolist(), judged.tolist()):
        _picture.row(_x, _y, _y, wrong=_y != _judged)
    _picture.handle(cut, 0.5)
    _count = Figure(say(ko="틀린 학생 수", en="Mistakes"), x=(40, 75), y=(0, 3.2), height=170, left=72, drag="cut")
    _count.axes(say(ko="커트라인", en="cut line"), say(ko="틀림", en="wrong"), (), (0, 1, 2, 3))
    _count.curve(np.repeat(cuts.numpy(), 2)[1:], np.repeat(mistakes.numpy(), 2)[:-1], "ink thin").dot(
        cut, wrong, "ink", 8
    )
    stage.screen(
        say(ko="커트라인을 끌어 보세요", en="Drag the cut line"),
        say(
            ko="커트라인 **이상이면 합격**이라고 예측합니다. 그림 속 동그란 손잡이를 끌거나 슬라이더를 움직이세요.",
            en="From the cut line on we predict **a pass**. Drag the round handle in the picture, or move the slider.",
        ),
        name="cut",
        picture=_picture.html(
            say(
                ko="● 합격 · ✕ 불합격 · 점선 고리는 잘못 예측한 학생",
                en="● pass · ✕ fail · a dashed ring: predicted wrongly",
            )
        )
        + _count.html(),
        side=stage.control("cut", cut_slider)
        + lines(
            say(
                ko=f"점수 ≥ {live(f'{cut:g}')} → 합격",
                en=f"score ≥ {live(f'{cut:g}')} → pass",
            ),
            say(ko=f"틀린 학생: {live(f'{wrong}명')}", en=f"mistakes: {live(str(wrong))}"),
        )
        + stage.verdict(
            wrong == 0,
            say(
                ko="한 명도 틀리지 않았습니다." if not wrong else "고리가 둘린 학생을 잘못 예측했습니다.",
                en="Not one mistake." if not wrong else "Those in a ring are predicted wrongly.",
            ),
        ),
    )
    return


@app.cell
def cut_mission(say, wrong):
    _spread = max(perfect) - min(perfect) if perfect else 0.0
    cut_done = wrong == 0 and _spread >= 3
    stage.mission(
        say,
        passed,
        "1-1",
        cut_done,
        say(
            ko="한 명도 틀리지 않는 커트라인을 두 곳, 3점 이상 떨어진 곳에서 찾으세요.",
            en="Find two cut lines at least 3 points apart that make no mistake.",
        ),
        say(
            ko="데이터만으로는 커트라인이 **하나로 정해지지 않습니다.** 4번째 수업에서 이 사실이 다시 나타납니다.",
            en="The data alone do **not settle on one** cut line. Lesson 4 will meet this fact again.",
        ),
    )
    return (cut_done,)


@app.cell
def cut_lines(cut_box, cut_ran, say):
    stage.panel(
        codebox.show(
            say,
            cut_box,
            cut_ran,
            say(
                ko="`cut`은 슬라이더에서 옵니다. `>=`를 `>`로 바꾸면 커트라인 60에서 무엇이 달라질까요?",
                en="`cut` comes from the slider. Put `>` for `>=`: what changes at a cut line of 60?",
            ),
        )
    )
    return


# --- 2. one pupil more ------------------------------------------------------------------------------------------------


@app.cell
def seventh_handles(say):
    seventh = mo.ui.slider(
        46,
        69,
        1,
        value=57,
        label=say(ko="일곱 번째 학생의 점수", en="the seventh pupil's score"),
        show_value=True,
        full_width=True,
    )
    seventh_result = mo.ui.radio(
        options={say(ko="● 합격", en="● pass"): 1.0, say(ko="✕ 불합격", en="✕ fail"): 0.0},
        value=say(ko="● 합격", en="● pass"),
        inline=True,
    )
    return seventh, seventh_result


@app.cell
def seventh_values(seventh, seventh_result):
    score_7, result_7 = float(seventh.value), float(seventh_result.value)
    return result_7, score_7


@app.cell
def seventh_numbers(cuts, result_7, score_7):
    _xs, _ys = (*deck.EXAM_SCORES, score_7), (*deck.EXAM_PASSED, result_7)
    _wrong = ((torch.tensor(_xs) >= cuts[:, None]).float() != torch.tensor(_ys)).sum(1)
    fewest = int(_wrong.min())
    w_7, b_7 = fits.one_column(_xs, _ys)
    return b_7, fewest, w_7


@app.cell
def seventh_screen(b_7, fewest, result_7, say, score_7, seventh, seventh_result, w_7):
    _cut = -b_7 / w_7
    _picture = Figure(say(ko="일곱 명", en="Seven pupils"), x=(40, 75), y=(-0.08, 1.08), drag="seventh")
    _picture.axes(say(ko="점수", en="score"), say(ko="합격 확률", en="P(pass)"), range(40, 76, 5), (0, 0.5, 1))
    _x = np.arange(40, 75.1, 0.25)
    _picture.curve(_x, sigmoid(w_7 * _x + b_7), "blue")
    _picture.vertical(_cut, "dashed thin", say(ko=f"확률 절반: {_cut:.1f}점", en=f"one half: {_cut:.1f}"))
    for _s, _y in zip(deck.EXAM_SCORES, deck.EXAM_PASSED):
        _picture.row(_s, _y, _y, wrong=(_s >= _cut) != _y)
    _picture.handle(score_7, result_7).row(score_7, result_7, result_7, size=6)
    stage.screen(
        say(ko="한 명이 더 온다면", en="One pupil more"),
        say(
            ko="일곱 번째 학생이 왔습니다. 점수와 결과를 정해 보세요. 칼로 자르듯 나눌 수 없게 되는 순간, 필요한 것은 선이 아니라 **확률**입니다.",
            en="A seventh pupil arrives; choose the score and the result. Once no sharp cut will do, what is needed is not a line but a **probability**.",
        ),
        name="seventh",
        picture=_picture.html(
            say(
                ko="곡선은 이 일곱 명에 맞춘 로지스틱 회귀입니다. 찾는 법은 3, 4번째 수업에서 봅니다. 점선 고리는 절반 너머 반대쪽에 있는 학생입니다.",
                en="The curve is logistic regression on these seven; lessons 3 and 4 show how it is found. A dashed ring: on the wrong side of one half.",
            )
        ),
        side=stage.control("seventh", seventh)
        + stage.control("seventh-result", seventh_result)
        + lines(
            say(ko=f"가장 잘 잘라도 틀림: {live(f'{fewest}명')}", en=f"mistakes of the best cut: {live(str(fewest))}"),
            say(
                ko=f"이 학생의 합격 확률: {live(f'{sigmoid(w_7 * score_7 + b_7):.2f}')}",
                en=f"this pupil's P(pass): {live(f'{sigmoid(w_7 * score_7 + b_7):.2f}')}",
            ),
        )
        + stage.verdict(
            fewest == 0,
            say(
                ko="아직은 자를 수 있습니다." if not fewest else "이제 완벽한 커트라인은 없습니다.",
                en="A perfect cut still exists." if not fewest else "There is no perfect cut line any more.",
            ),
        ),
    )
    return


@app.cell
def seventh_mission(fewest, say):
    stage.mission(
        say,
        passed,
        "1-2",
        fewest > 0,
        say(
            ko="어떤 커트라인으로도 한 명은 꼭 틀리게 만들어 보세요.",
            en="Make it so that every cut line gets at least one pupil wrong.",
        ),
        say(
            ko="실제 데이터는 거의 언제나 이렇습니다. 그래서 “합격이다” 대신 **“합격할 확률이 얼마다”**라고 답합니다.",
            en="Real data are nearly always like this. So we answer not “pass” but **“this likely to pass”**.",
        ),
    )
    return


# --- 3. a straight line will not do -----------------------------------------------------------------------------------


@app.cell
def star_handle(say):
    star = mo.ui.slider(
        70,
        200,
        5,
        value=75,
        label=say(ko="아주 잘한 학생의 점수", en="a brilliant pupil's score"),
        show_value=True,
        full_width=True,
    )
    return (star,)


@app.cell
def star_value(star):
    best = float(star.value)
    return (best,)


@app.cell
def star_numbers(best):
    _xs, _ys = (*deck.EXAM_SCORES, best), (*deck.EXAM_PASSED, 1.0)
    line_w, line_b = np.polyfit(_xs, _ys, 1).tolist()
    line_cut = (0.5 - line_b) / line_w
    line_wrong = sum((s >= line_cut) != bool(y) for s, y in zip(_xs, _ys))
    w_8, b_8 = fits.one_column(_xs, _ys)
    s_cut = -b_8 / w_8
    return b_8, line_b, line_cut, line_w, line_wrong, s_cut, w_8


@app.cell
def star_screen(b_8, best, line_b, line_cut, line_w, line_wrong, s_cut, say, star, w_8):
    _picture = Figure(say(ko="직선과 S자 곡선", en="A line and an S-curve"), x=(40, 205), y=(-0.3, 1.5), drag="star")
    _picture.axes(say(ko="점수", en="score"), "", range(40, 201, 40), (0, 0.5, 1))
    _x = np.arange(40, 205.5, 0.5)
    _picture.curve(_x, line_w * _x + line_b, "red dashed").curve(_x, sigmoid(w_8 * _x + b_8), "blue")
    _picture.vertical(line_cut, "thin dashed red").vertical(s_cut, "thin blue")
    for _s, _y in zip(deck.EXAM_SCORES, deck.EXAM_PASSED):
        _picture.row(_s, _y, _y, wrong=(_s >= line_cut) != _y)
    _picture.handle(best, 1.0).row(best, 1.0, 1, size=6)
    stage.screen(
        say(ko="직선은 왜 안 될까", en="Why not a straight line?"),
        say(
            ko="아주 잘한 합격생이 한 명 있을 뿐인데 직선은 **그쪽으로 기울어** 커트라인까지 옮겨 버립니다. 게다가 0보다 작고 1보다 큰 값도 내놓습니다.",
            en="One brilliant pupil who passed, and the straight line **tilts** and takes the cut line along. It also leaves 0 to 1, where no probability is.",
        ),
        name="line",
        picture=_picture.html(
            say(
                ko="주황 점선: 직선(최소제곱) · 파란 실선: S자 곡선 · 고리: 직선이 틀린 학생",
                en="orange dashes: the line (least squares) · blue: the S-curve · ring: wrong by the line",
            )
        ),
        side=stage.control("star", star)
        + lines(
            say(
                ko=f"직선의 커트라인: {live(f'{line_cut:.1f}', 'b')}",
                en=f"the line's cut: {live(f'{line_cut:.1f}', 'b')}",
            ),
            say(
                ko=f"S자 곡선의 커트라인: {live(f'{s_cut:.1f}', 'w')}",
                en=f"the S-curve's cut: {live(f'{s_cut:.1f}', 'w')}",
            ),
        )
        + stage.verdict(
            line_wrong == 0,
            say(
                ko=f"직선은 {line_wrong}명을 틀립니다. 그래서 직선 Wx + b가 아니라 **S자 형태의 함수**가 필요합니다."
                if line_wrong
                else "아직은 직선도 버팁니다. 오른쪽으로 더 끌어 보세요.",
                en=f"The line gets {line_wrong} wrong. So not a line Wx + b, but **a function shaped like an S**."
                if line_wrong
                else "The line still holds. Drag further to the right.",
            ).replace("**", ""),
        ),
    )
    return


# --- 4. spam ----------------------------------------------------------------------------------------------------------


@app.cell
def mails(say):
    # made up for this lesson: (text, is it spam)
    mail = [
        (say(ko="무료 여행에 당첨! 지금 클릭하세요", en="You won a free trip! Click now"), 1.0),
        (say(ko="내일 회의는 3시로 옮겼습니다", en="Tomorrow's meeting has moved to three"), 0.0),
        (say(ko="대출 한도 무료 확인, 지금 신청", en="Free credit check, apply now"), 1.0),
        (say(ko="지금 도서관인데 자리 맡아 둘까?", en="At the library now, save you a seat?"), 0.0),
        (say(ko="과제 올렸어요. 확인 부탁드려요", en="I uploaded the homework, please check it"), 0.0),
        (say(ko="클릭 한 번으로 당첨금 수령", en="One click to claim what you won"), 1.0),
    ]
    word = say(ko="무료 당첨 지금 클릭 회의 확인", en="free won now click meeting check").split()
    return mail, word


@app.cell
def word_boxes(word):
    boxes = mo.ui.array([mo.ui.checkbox(label=one) for one in word])
    return (boxes,)


@app.cell
def word_values(boxes):
    chosen = list(boxes.value)
    return (chosen,)


@app.cell
def mail_numbers(chosen, mail, word):
    _has = torch.tensor([[float(w.lower() in text.lower()) for w in word] for text, _ in mail])
    points = _has @ torch.tensor([float(c) for c in chosen])  # how many suspicious words each mail has
    spam = torch.tensor([is_spam for _, is_spam in mail])
    called_spam = (points >= 1).float()
    spam_wrong = int((called_spam != spam).sum())
    return called_spam, points, spam, spam_wrong


@app.cell
def mail_screen(boxes, called_spam, mail, points, say, spam, spam_wrong):
    _spam, _fine = say(ko="스팸", en="spam"), say(ko="정상", en="fine")
    _rows = [
        [text, f"{int(n)}", _spam if c else _fine, ("✓ " if c == s else "✗ ") + (_spam if s else _fine)]
        for (text, _), n, c, s in zip(mail, points, called_spam, spam)
    ]
    stage.screen(
        say(ko="메일에도 커트라인이 있다", en="Mail has a cut line too"),
        say(
            ko="수상한 낱말을 고르세요. 고른 낱말이 **하나 이상** 들어 있으면 스팸으로 예측합니다. 점수가 낱말 수로 바뀌었을 뿐 같은 문제입니다.",
            en="Choose the suspicious words. **One or more** of them, and we predict spam. The score is now a count of words; the problem is the same.",
        ),
        name="spam",
        picture=stage.table(
            [
                say(ko="메일", en="mail"),
                say(ko="점수", en="score"),
                say(ko="예측", en="predicted"),
                say(ko="실제", en="truth"),
            ],
            _rows,
        ),
        side=stage.control("words", "".join(f'<span class="chip">{box}</span>' for box in boxes))
        + stage.verdict(
            spam_wrong == 0,
            say(
                ko=f"여섯 통 가운데 {spam_wrong}통을 틀립니다." if spam_wrong else "여섯 통을 모두 맞혔습니다.",
                en=f"{spam_wrong} of six are wrong." if spam_wrong else "All six are right.",
            ),
        ),
    )
    return


@app.cell
def mail_mission(say, spam_wrong):
    spam_done = spam_wrong == 0
    stage.mission(
        say,
        passed,
        "1-3",
        spam_done,
        say(ko="여섯 통을 모두 맞히는 낱말을 고르세요.", en="Choose words that get all six right."),
        say(
            ko="낱말마다 **가중치**를 두고 더한 다음 커트라인으로 자르는 것, 로지스틱 회귀가 하는 일이 바로 이것입니다.",
            en="A **weight** for each word, a sum, and a cut line: that is what logistic regression does.",
        ),
    )
    return (spam_done,)


@app.cell
def closing(lang, say):
    stage.closing(
        1,
        lang,
        [
            say(
                ko="둘 중 하나를 정하는 문제가 **이진 분류**입니다.",
                en="Choosing one of two is **binary classification**.",
            ),
            say(
                ko="데이터가 완벽하게 나뉘면 커트라인은 **하나로 정해지지 않습니다.**",
                en="Where data split perfectly, the cut line is **not unique**.",
            ),
            say(
                ko="섞이면 선 대신 **확률**이, 직선 대신 **S자 곡선**이 필요합니다.",
                en="Where they mix we need **a probability**, and **an S-curve** instead of a line.",
            ),
        ],
    )
    return


if __name__ == "__main__":
    app.run()

"""Lesson 6, classes, then your own data: BinaryClassifier with forward to fill in, TwoLayerNet, and your CSV."""

import marimo

app = marimo.App(width="full", app_title="Cutline 6", css_file="style.css", html_head_file="head.html")

with app.setup:
    import html
    import math

    import marimo as mo
    import numpy as np
    import torch
    from torch import nn, optim
    from torch.nn import functional as F

    from cutline import deck, doctor
    from cutline.curve import sigmoid
    from cutline.lessons import by_class, codebox, own_csv, stage
    from cutline.lessons.drawing import Figure, ticks
    from cutline.lessons.formula import lines, live
    from cutline.model import report
    from cutline.model.korean import korean

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
        6,
        lang,
        say(
            ko="모델을 **클래스**로 씁니다. `__init__`에서 부품을 만들고, `forward`에서 잇습니다. "
            "빈칸을 채우고, 한 층 더 쌓아 보고, 마지막으로 **내 데이터**를 넣습니다.",
            en="Now the model is a **class**: `__init__` makes the parts and `forward` connects them. "
            "Fill in the blank, add a layer, and then bring **your own data**.",
        ),
    )
    return


# --- 1. forward -------------------------------------------------------------------------------------------------------


@app.cell
def class_code(say):
    _blank = say(ko="여기를 채우세요: linear를 거쳐 sigmoid로", en="fill this in: through linear, then sigmoid")
    CLASS = f"""
class BinaryClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        return x      # {_blank}
"""
    class_box = codebox.editor(say, CLASS)
    return CLASS, class_box


@app.cell
def class_run(CLASS, class_box):
    classed = codebox.run(class_box, CLASS, torch=torch, nn=nn, F=F)
    class_tests = by_class.tests_of_classifier(classed.get("BinaryClassifier"), x_train, y_train)
    return class_tests, classed


@app.cell
def class_screen(class_box, class_tests, classed, say):
    _words = {
        "runs": say(ko="`model(x_train)`이 돌아간다", en="`model(x_train)` runs"),
        "shape": say(ko="출력의 모양이 (6, 1)이다", en="its output has the shape (6, 1)"),
        "range": say(ko="출력이 모두 0과 1 사이다", en="every output lies between 0 and 1"),
        "same": say(ko="sigmoid(Wx + b)와 값이 같다", en="it equals sigmoid(Wx + b)"),
        "deck": say(
            ko="0에서 출발해 1,000 에포크 뒤 비용이 강의 자료와 같다",
            en="from zeros, its cost after 1,000 epochs is the deck's",
        ),
    }
    _tests = "".join(
        f'<li class="{"yes" if test.good else "no"}"><span>{"✓" if test.good else "✗"}</span> '
        f"{stage.rich(_words[test.name]).removeprefix('<p>').removesuffix('</p>')} <small>{html.escape(test.came)}</small></li>"
        for test in class_tests
    )
    _hint = say(ko="힌트 보기", en="Show a hint")
    stage.screen(
        say(ko="forward를 채우세요", en="Fill in forward"),
        say(
            ko="`model(x)`라고 부르면 `forward`가 실행됩니다. 지금은 x를 그대로 돌려줍니다. 한 줄을 고쳐 실행하면 아래 다섯 가지를 검사합니다.",
            en="Calling `model(x)` runs `forward`. Now it hands x back as it came. Mend the line and run: five tests look at it.",
        ),
        name="forward",
        picture=codebox.show(say, class_box, classed)
        + f"<details><summary>{_hint}</summary><code>return self.sigmoid(self.linear(x))</code></details>",
        side=f'<ul class="tests">{_tests}</ul>',
    )
    return


@app.cell
def class_mission(class_tests, say):
    all_good = all(test.good for test in class_tests)
    stage.mission(
        say,
        passed,
        "6-1",
        all_good,
        say(ko="다섯 가지 검사를 모두 통과시키세요.", en="Pass all five tests."),
        say(
            ko="이제 로지스틱 회귀가 클래스 하나가 되었습니다. `cutline.nn.BinaryClassifier`도 이 모양 그대로입니다.",
            en="Logistic regression is now one class; `cutline.nn.BinaryClassifier` looks just like it.",
        ),
    )
    return (all_good,)


# --- 2. one layer more ------------------------------------------------------------------------------------------------


@app.cell
def hidden_question(say):
    hidden_guess = stage.choices(
        {
            "four": say(ko="네 점 모두", en="All four"),
            "three": say(ko="많아야 세 점", en="Three at most"),
            "none": say(ko="하나도 못 맞힌다", en="None"),
        }
    )
    return (hidden_guess,)


@app.cell
def hidden_prediction(hidden_guess, say):
    # every line through the plane, on a fine grid of slopes and places: how many of the four can one get right?
    _angle = torch.linspace(0, 2 * math.pi, 361)
    _offset = torch.linspace(-2, 2, 201)
    _z = torch.stack([_angle.cos(), _angle.sin()], 1) @ by_class.CROSS_X.T
    _right = ((_z[:, None, :] + _offset[:, None] >= 0) == (by_class.CROSS_Y[:, 0] >= 0.5)).sum(-1)
    line_best = int(_right.max())
    stage.predict(
        say,
        say(
            ko="네 점이 있습니다. (0,0)과 (1,1)은 0, (0,1)과 (1,0)은 1입니다. 직선 하나로 몇 점이나 맞힐 수 있을까요?",
            en="Four points: (0,0) and (1,1) are 0, (0,1) and (1,0) are 1. How many can one straight line get right?",
        ),
        hidden_guess,
        "three" if line_best == 3 else "four",
        say(
            ko=f"기울기와 자리를 바꿔 가며 {_right.numel():,}개의 직선을 시험했지만 {line_best}점이 최고였습니다. 선을 **굽힐** 것이 필요합니다.",
            en=f"Of {_right.numel():,} lines tried, the best got {line_best}. Something must **bend** the line.",
        ),
    )
    return (line_best,)


@app.cell
def hidden_handles(say):
    _cross = say(ko="엇갈린 네 점", en="four crossed points")
    hidden_data = mo.ui.radio(
        options={say(ko="강의 자료의 여섯 점", en="the deck's six points"): "six", _cross: "cross"},
        value=_cross,
        inline=True,
    )
    hidden_choice = mo.ui.radio(options={f"H = {n}": n for n in (1, 2, 4, 8)}, value="H = 2", inline=True)
    mark_slider = mo.ui.slider(
        steps=list(by_class.MARKS), value=0, label=say(ko="에포크", en="epoch"), show_value=True, full_width=True
    )
    return hidden_choice, hidden_data, mark_slider


@app.cell
def hidden_values(hidden_choice, hidden_data):
    hidden, points = int(hidden_choice.value), hidden_data.value
    return hidden, points


@app.cell
def mark_value(mark_slider):
    mark = int(mark_slider.value)  # in a cell of its own: the nets were trained once and are only leafed through
    return (mark,)


@app.cell
def net_code(say):
    _word = say(ko="0보다 작으면 0으로: ReLU", en="below 0 becomes 0: a ReLU")
    _logit = say(ko="로짓, 곧 시그모이드에 넣기 전의 값", en="a logit, before the sigmoid")
    NET = f"""
class TwoLayerNet(nn.Module):
    def __init__(self, D_in, H, D_out):
        super().__init__()
        self.linear1 = nn.Linear(D_in, H)
        self.linear2 = nn.Linear(H, D_out)

    def forward(self, x):
        h_relu = self.linear1(x).clamp(min=0)   # {_word}
        return self.linear2(h_relu)             # {_logit}
"""
    net_box = codebox.editor(say, NET)
    return NET, net_box


@app.cell
def net_run(NET, hidden, net_box, points):
    netted = codebox.run(net_box, NET, torch=torch, nn=nn, F=F)
    two = by_class.film(netted.get("TwoLayerNet"), points, hidden)
    one = by_class.film_of_line(points)
    return netted, one, two


@app.cell
def net_screen(hidden, hidden_choice, hidden_data, mark, mark_slider, one, points, say, two):
    _names = (
        say(ko="BinaryClassifier · 직선", en="BinaryClassifier · a line"),
        say(ko="TwoLayerNet · 한 층 더", en="TwoLayerNet · one layer more"),
    )
    _x, _y, _span = by_class.points_of(points)
    _panels = []
    for _name, _film in zip(_names, (one, two)):
        _figure = Figure(_name, x=_span[0], y=_span[1], height=340)
        if _film.error:
            _panels.append(f'<div><h3>{_name}</h3><p class="error">✗ {html.escape(_film.error)}</p></div>')
            continue
        _at = _film.marks[mark]
        _figure.field(_at.field).axes("x1", "x2", ticks(*_span[0]), ticks(*_span[1]))
        for (_x1, _x2), _label, _h in zip(_x.tolist(), _y[:, 0].tolist(), _at.h):
            _figure.row(_x1, _x2, _label, wrong=(_h >= 0.5) != bool(_label))
        _caption = say(
            ko=f"비용 {_at.cost:.4f} · 맞힘 {_at.right} / {len(_x)}",
            en=f"cost {_at.cost:.4f} · right {_at.right} of {len(_x)}",
        )
        _panels.append(f"<div><h3>{_name}</h3>{_figure.html(_caption)}</div>")
    stage.screen(
        say(ko="한 층 더 쌓으면", en="One layer more"),
        say(
            ko="사이에 **숨은 층** H개와 ReLU를 넣으면 경계가 굽습니다. 강의 자료의 TwoLayerNet은 제곱 오차를 쓰는 회귀였습니다. 여기서는 로짓을 돌려주는 분류기로 씁니다.",
            en="With a **hidden layer** of H and a ReLU between, the boundary can bend. The deck's TwoLayerNet was squared-error regression; here it returns a logit and classifies.",
        ),
        name="hidden",
        picture=f'<div class="row2">{"".join(_panels)}</div><div class="under"><div>'
        + stage.control("mark", mark_slider)
        + lines(
            "H(x) = sigmoid( W<sub>2</sub> · max(0, W<sub>1</sub>x + b<sub>1</sub>) + b<sub>2</sub> )",
            f"{say(ko='배울 수의 개수', en='numbers to learn')} = 2·{hidden} + {hidden} + {hidden} + 1 = {live(str(two.parameters))}",
        )
        + "</div><div>"
        + stage.control("points", hidden_data)
        + stage.control("hidden", hidden_choice)
        + "</div></div>",
    )
    return


@app.cell
def net_mission(mark, points, say, two):
    crossed = points == "cross" and not two.error and two.marks[mark].right == 4
    stage.mission(
        say,
        passed,
        "6-2",
        crossed,
        say(
            ko="엇갈린 네 점을 모두 맞히세요. H와 에포크를 바꿔 보세요.",
            en="Get all four crossed points right: try other H and epochs.",
        ),
        say(
            ko="로지스틱 회귀의 끝에서 **신경망**이 시작됩니다. 마지막 층은 여전히 로지스틱 회귀입니다.",
            en="Where logistic regression ends **a neural network** begins. Its last layer is still logistic regression.",
        ),
    )
    return (crossed,)


@app.cell
def net_lines(net_box, netted, say):
    stage.panel(codebox.show(say, net_box, netted))
    return


# --- 3. ask the doctor ------------------------------------------------------------------------------------------------


@app.cell
def doctor_code(lang, say):
    _slip = say(ko="로짓인데 확률처럼 다룬다", en="logits, treated as probabilities")
    DOCTOR = f"""
model = nn.Linear(2, 1)                        # {_slip}
optimizer = optim.SGD(model.parameters(), lr=0.1)
loss_fn = F.binary_cross_entropy

report = doctor.check(model, x_train, y_train, loss_fn, optimizer)
print(report.text(lang='{lang}'))
"""
    doctor_box = codebox.editor(say, DOCTOR)
    return DOCTOR, doctor_box


@app.cell
def doctor_run(DOCTOR, doctor_box):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        examined = codebox.run(
            doctor_box, DOCTOR, torch=torch, nn=nn, F=F, optim=optim, doctor=doctor, x_train=x_train, y_train=y_train
        )
    return (examined,)


@app.cell
def doctor_screen(doctor_box, examined, say):
    stage.screen(
        say(ko="내 코드가 이상하면", en="When your code misbehaves"),
        say(
            ko="`cutline.doctor`는 모델과 데이터, 비용 함수, 옵티마이저를 보고 **고칠 것**과 **데이터에 대한 사실**을 나누어 알려 줍니다. 진단대로 고쳐 보세요.",
            en="`cutline.doctor` looks at model, data, loss and optimizer, and tells **faults** from **facts about the data**. Mend what it finds.",
        ),
        name="doctor",
        picture=codebox.show(say, doctor_box, examined),
    )
    return


@app.cell
def doctor_mission(examined, say):
    _report = examined.get("report")
    healthy = isinstance(_report, doctor.Report) and not _report.faults
    stage.mission(
        say,
        passed,
        "6-3",
        healthy,
        say(
            ko="의사가 “고칠 것”을 하나도 찾지 못하게 코드를 고치세요.",
            en="Mend the code until the doctor finds no fault.",
        ),
        say(
            ko="남은 것은 데이터에 대한 사실뿐입니다. 코드의 잘못이 아닙니다.",
            en="What is left are facts about the data, which no code can mend.",
        ),
    )
    return (healthy,)


# --- 4. your own csv --------------------------------------------------------------------------------------------------


@app.cell
def csv_file(say):
    upload = mo.ui.file(
        filetypes=[".csv", ".tsv", ".txt", ".parquet"],
        kind="area",
        label=say(ko="CSV 파일을 끌어다 놓거나 눌러서 고르세요", en="Drop a CSV file here, or press to choose one"),
    )
    return (upload,)


@app.cell
def csv_read(upload):
    is_own = bool(upload.value)
    own = (
        own_csv.look(upload.name(), upload.contents())
        if is_own
        else own_csv.look(own_csv.SAMPLE_NAME, own_csv.sample())
    )
    return is_own, own


@app.cell
def target_handle(own, say):
    target_choice = mo.ui.dropdown(
        options=list(own.names),
        value=own_csv.likely_target(own),
        label=say(ko="맞힐 열", en="column to explain"),
        full_width=True,
    )
    return (target_choice,)


@app.cell
def feature_handle(own, say, target_choice):
    usable = [name for name in own.names if name != target_choice.value]
    _likely = own_csv.numbers_among(own, target_choice.value)
    feature_choice = (
        mo.ui.array([mo.ui.checkbox(value=name in _likely, label=stage.plain(name)) for name in usable])
        if len(usable) <= 12
        else mo.ui.multiselect(
            options=usable, value=_likely, label=say(ko="쓸 열", en="columns to use"), full_width=True
        )
    )
    return feature_choice, usable


@app.cell
def csv_choices(feature_choice, target_choice, usable):
    target, features = target_choice.value, list(feature_choice.value)
    if features and isinstance(features[0], bool):  # boxes, one a column
        features = [name for name, chosen in zip(usable, features) if chosen]
    return features, target


@app.cell
def csv_fit(features, own, target):
    fit = own_csv.fitted(own, target, features)
    return (fit,)


@app.cell
def csv_picture(fit, own, say):
    # one number: the S-curve and its cut line; two: the plane and its boundary; otherwise the summary alone
    _model, _terms = fit.model, own_csv.numeric_terms(fit.model) if fit.model else []
    own_cut = _model.cut_line() if _model and len(_terms) == 1 else None
    drawn = ""
    if _model and len(_terms) == 1 and own_cut:
        _w, _b, _x = _model.coef[_terms[0]], _model.coef["(intercept)"], fit.x[:, 0]
        _margin = (float(_x.max()) - float(_x.min())) * 0.12 or 1.0
        _span = (float(_x.min()) - _margin, float(_x.max()) + _margin)
        _picture = Figure(say(ko="내 데이터의 S자 곡선", en="The S-curve of your data"), x=_span, y=(-0.08, 1.08))
        _picture.axes(_terms[0], f"P({_model.label.positive})", ticks(*_span), (0, 0.5, 1))
        _at = np.linspace(*_span, 160)
        _picture.curve(_at, sigmoid(_w * _at + _b), "blue")
        _picture.vertical(
            own_cut.value, "thin dashed", say(ko=f"커트라인 {own_cut.value:.4g}", en=f"cut line {own_cut.value:.4g}")
        )
        for _value, _label in zip(_x.tolist(), fit.y.tolist()):
            _picture.row(_value, _label, _label, size=7 if len(_x) < 60 else 4)
        drawn = _picture.html()
    elif _model and len(_terms) == 2:
        _w1, _w2, _b = (_model.coef[name] for name in (*_terms, "(intercept)"))
        _lows, _highs = fit.x.min(0), fit.x.max(0)
        _margins = np.where(_highs > _lows, (_highs - _lows) * 0.1, 1.0)
        _sx, _sy = ((float(_lows[i] - _margins[i]), float(_highs[i] + _margins[i])) for i in (0, 1))
        _picture = Figure(say(ko="내 데이터의 결정 경계", en="The decision boundary of your data"), x=_sx, y=_sy)
        _gx, _gy = np.meshgrid(np.linspace(*_sx, 70), np.linspace(*_sy, 50))
        _picture.field(sigmoid(_w1 * _gx + _w2 * _gy + _b)).axes(_terms[0], _terms[1], ticks(*_sx), ticks(*_sy))
        for (_x1, _x2), _label in zip(fit.x.tolist(), fit.y.tolist()):
            _picture.row(_x1, _x2, _label, size=6 if len(fit.x) < 100 else 4)
        if _w2:
            _picture.curve(_sx, [-(_b + _w1 * at) / _w2 for at in _sx], "ink")
        drawn = _picture.html()
    return drawn, own_cut


@app.cell
def csv_screen(
    drawn, feature_choice, features, fit, is_own, lang, own, own_cut, say, target, target_choice, upload, usable
):
    _model = fit.model
    _error = korean(fit.error) if lang == "ko" else fit.error
    _name = html.escape(own.name)
    _one, _zero = (
        html.escape(label) for label in ((_model.label.positive, _model.label.negative) if _model else ("1", "0"))
    )
    _legend = f'<p class="hint">● {_one} · ✕ {_zero}</p>' if drawn else ""
    _from = (
        say(ko=f"<b>{_name}</b>: 읽지 못했습니다.", en=f"<b>{_name}</b> could not be read.")
        if own.error
        else say(
            ko=f"<b>{_name}</b>: 행 {own.rows:,}개, 열 {len(own.names)}개를 읽었습니다.",
            en=f"<b>{_name}</b>: {own.rows:,} rows and {len(own.names)} columns were read.",
        )
        if is_own
        else say(ko=f"아직은 보기 파일 <b>{_name}</b>입니다.", en=f"For now this is a sample, <b>{_name}</b>.")
    )
    if _model is None:
        if lang == "ko" and fit.error and _error == fit.error:  # a sentence that has no Korean yet
            _error = f"이 데이터로는 모델을 만들지 못했습니다. {fit.error}"
        _words = html.escape(_error) or say(ko="쓸 열을 하나 이상 고르세요.", en="Choose at least one column to use.")
        _verdict = stage.verdict(False if fit.error else None, _words)
    elif own_cut:
        _low, _high = (f"{v:.4g}" if v is not None else "?" for v in (own_cut.low, own_cut.high))
        _verdict = (
            f'<div class="big"><small>{say(ko="커트라인", en="cut line")} · {html.escape(own_cut.term)}</small>{own_cut.value:.4g}</div>'
            + stage.verdict(
                None, say(ko=f"95% 구간은 {_low}부터 {_high}까지입니다.", en=f"The 95% interval is {_low} to {_high}.")
            )
        )
    else:
        _auc = _model.statistics.auc
        _verdict = (
            ""
            if _auc is None
            else f'<div class="big"><small>AUC</small>{_auc:.3f}</div>'
            + stage.verdict(
                None,
                say(
                    ko=f"{_one}인 행과 {_zero}인 행을 하나씩 뽑으면, 이만큼의 비율로 {_one} 쪽의 확률을 더 높게 봅니다.",
                    en=f"Of one row that is {_one} and one that is {_zero}, this share of pairs gets the higher probability for {_one}.",
                ),
            )
        )
    _summary = stage.fitted(say, report(_model, lang)) if _model else ""
    _boxes = (
        "".join(f'<span class="chip">{box}</span>' for box in feature_choice) if len(usable) <= 12 else feature_choice
    )
    _used = say(ko="쓸 열", en="columns to use")
    _asked = "lang='ko'" if lang == "ko" else ""
    _code = (
        f"import cutline\nmodel = cutline.fit({own.name!r}, target={target!r}, features={features!r})\nprint(model.summary({_asked}))\n"
        "model.save('model.json')"
    )
    stage.screen(
        say(ko="이제 내 데이터로", en="Now your own data"),
        say(
            ko="두 가지 값만 있는 열 하나와, 그것을 설명할 숫자 열이 있으면 됩니다. 파일은 **이 컴퓨터를 떠나지 않습니다.**",
            en="One column with two values, and numbers that may explain it. The file **does not leave this computer.**",
        ),
        name="csv",
        picture=stage.control("upload", upload) + f'<p class="hint">{_from}</p>' + drawn + _legend,
        side=stage.control("target", target_choice)
        + stage.control("features", f'<p class="hint">{_used}</p>{_boxes}')
        + _verdict,
        below=f'<pre class="printed code-lines" tabindex="0">{html.escape(_code)}</pre>{_summary}' if _model else "",
    )
    return


@app.cell
def csv_mission(fit, is_own, say):
    own_done = is_own and fit.model is not None
    stage.mission(
        say,
        passed,
        "6-4",
        own_done,
        say(ko="내 CSV 파일을 넣어 모델을 하나 만드세요.", en="Bring a CSV of your own and fit a model to it."),
        say(
            ko="커트라인은 이제 여러분의 것입니다. 터미널에서는 `cutline fit 내파일.csv --target 열이름`입니다.",
            en="The cut line is yours now. On a terminal it is `cutline fit FILE.csv --target COLUMN`.",
        ),
    )
    return (own_done,)


@app.cell
def closing(lang, say):
    stage.closing(
        6,
        lang,
        [
            say(
                ko="`__init__`에서 만들고 `forward`에서 잇습니다.",
                en="Make parts in `__init__`, connect them in `forward`.",
            ),
            say(
                ko="**숨은 층**이 경계를 굽힙니다. 마지막은 언제나 로지스틱 회귀입니다.",
                en="**Hidden layers** bend the boundary; the end is always logistic regression.",
            ),
            say(
                ko="내 데이터에는 `cutline.fit`. 답과 함께 **그 답을 믿어도 되는지**도 알려 줍니다.",
                en="For your data, `cutline.fit`: the answer, and **whether to trust it**.",
            ),
        ],
    )
    return


if __name__ == "__main__":
    app.run()

"""The library's sentences in Korean: what a fit says of itself, and what it says of a table it cannot use.

A sentence is written once, in English, where its numbers are; here it stands beside its Korean. Names in braces hold
a place, and one that begins with an underscore holds words of the library, which are put into Korean in turn. A
sentence that is not here stays as it is, so nothing is ever lost. (The doctor's catalogs are a pair of equals: its
findings are codes and numbers. A model keeps its warnings as sentences, also in its file, and so they are read back.)
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import Final

TWO: Final = "{_said} {_also}"

# what a summary calls things
NAMES: Final[dict[str, str]] = {
    "rows": "행",
    "rejected": "못 읽은 줄",
    "imputed": "채운 값",
    "positive label": "1인 값",
    "weights": "가중치 열",
    "offset": "오프셋 열",
    "trials": "시행 횟수 열",
    "penalty": "벌점",
    "separation": "분리",
    "reference levels": "기준 범주",
    "intervals": "구간",
    "cut line": "커트라인",
    "log-likelihood": "로그 가능도",
    "penalized": "벌점 가능도",
    "deviance": "이탈도",
    "LR against null": "가능도비 검정",
    "AIC, BIC": "AIC, BIC",
    "LR, AIC, BIC": "검정, AIC, BIC",
    "McFadden R2": "맥패든 R2",
    "AUC": "AUC",
    "certificate": "수렴 증명",
    "warning": "주의",
    "note": "알림",
    "term": "항",
    "(intercept)": "(절편)",
    "coefficient": "계수",
    "odds ratio": "오즈비",
    "std. error": "표준 오차",
    "{level}% low": "{level}% 하한",
    "{level}% high": "{level}% 상한",
    "p": "p",
}

SUMMARY: Final[dict[str, str]] = {
    "Logistic regression: the probability that {column} is {value}": "로지스틱 회귀: {column}이(가) {value}일 확률",
    "{read} read, {used} used, {dropped} dropped ({_why})": "{read}개를 읽어 {used}개를 쓰고 {dropped}개를 뺐습니다({_why}).",
    "{read} read, {used} used, {dropped} dropped": "{read}개를 읽어 {used}개를 쓰고 {dropped}개를 뺐습니다.",
    "missing {column}: {n}, {_more}": "{column} 없음 {n}개, {_more}",
    "missing {column}: {n}": "{column} 없음 {n}개",
    "weight 0: {n}": "가중치 0 {n}개",
    "0 trials: {n}": "시행 횟수 0 {n}개",
    "{n} lines could not be read": "{n}줄을 읽지 못했습니다.",
    "{n} values ({columns})": "{n}개({columns})",
    "{positive} (the other: {negative})": "{positive} (0인 값은 {negative})",
    "{_penalty} (asked for: {asked})": "{_penalty} (요청한 값: {asked})",
    "none: maximum likelihood": "없음, 최대 가능도",
    "l2, C = {C}": "l2, C = {C}",
    "Firth's (penalized likelihood)": "Firth의 벌점 가능도",
    "complete, by {terms}: see the warning": "{terms}에 따라 완전히 나뉩니다. 아래 주의를 보세요.",
    "quasi-complete, by {terms}: see the warning": "{terms}에 따라, 경계에 걸친 행만 빼고 나뉩니다. 아래 주의를 보세요.",
    "none: {_why}": "없음. {_why}",
    "{level}%, {_method}; Wald for {n} of the terms (see the warnings)": "{level}%, {_method}. {n}개 항은 Wald 방법(주의 참고)",
    "{level}%, {_method}": "{level}%, {_method}",
    "profile penalized likelihood; p by penalized likelihood ratio; std. errors from the Fisher information": "벌점 가능도의 "
    "프로파일. p는 벌점 가능도비로, 표준 오차는 피셔 정보로 구했습니다.",
    "{_cut}. No interval: {_why}": "{_cut}. 구간 없음. {_why}",
    "{_cut}; {level}% {_method} interval {low} to {high}; Fieller's {from} to {to}": "{_cut}. {level}% 구간은 {_method} 방법으로 "
    "{low}부터 {high}까지, Fieller 방법으로 {from}부터 {to}까지",
    "{_cut}; {level}% {_method} interval {low} to {high}. {_note}": "{_cut}. {level}% 구간은 {_method} 방법으로 {low}부터 {high}까지. "
    "{_note}",
    "{_cut}; {level}% {_method} interval {low} to {high}": "{_cut}. {level}% 구간은 {_method} 방법으로 {low}부터 {high}까지",
    "{term} = {value}, where p = {p}": "{term} = {value}에서 확률이 {p}",
    "Fieller's interval is unbounded: the slope's Wald z, {z} in size, does not exceed {q}.": "Fieller 구간에는 끝이 "
    "없습니다. 기울기의 Wald z({z})가 {q}보다 크지 않기 때문입니다.",
    "its variance is lost to rounding; center {term} (subtract its mean) and fit again.": "분산이 반올림에 묻혔습니다. "
    "{term}에서 평균을 빼고 다시 맞추세요.",
    "delta": "델타",
    "{value} (null model {null})": "{value} (절편만 있는 모델 {null})",
    "log-likelihood {value}": "로그 가능도 {value}",
    "{value} (null {null} on {df} df)": "{value} (절편만 있는 모델 {null}, 자유도 {df})",
    "{value} on {df} df (null {null} on {null_df})": "{value}, 자유도 {df} (절편만 있는 모델 {null}, 자유도 {null_df})",
    "chi2 {value} on {df} df, p {p} of penalized likelihoods": "카이제곱 {value}, 자유도 {df}, p {p} (벌점 가능도)",
    "chi2 {value} on {df} df, p {p}": "카이제곱 {value}, 자유도 {df}, p {p}",
    "{values} (BIC with n = {n})": "{values} (BIC의 n = {n})",
    "{value} (from a histogram, within {error})": "{value} (히스토그램에서 구함, 오차 {error} 이내)",
    "a penalty has no degrees of freedom to count": "벌점이 있으면 셀 자유도가 없습니다.",
    "they belong to the maximum of the likelihood, and this model is not there": "가능도가 가장 높은 곳의 값인데, 이 모델은 "
    "그곳에 있지 않습니다.",
    "{_stop}. Gradient {gradient}, Newton decrement {decrement} (tolerance {tol}), {_bound}; {solver}, {passes} passes over "
    "{rows} rows.": "{_stop} 기울기 {gradient}, 뉴턴 감소량 {decrement}(기준 {tol}), {_bound}. {solver} 방법으로 {rows}개 행을 "
    "{passes}번 훑었습니다.",
    "no bound on the loss": "비용의 상한은 구하지 않음",
    "loss above its minimum by at most {bound} ({_kind})": "비용은 최솟값보다 많아야 {bound} 높음({_kind})",
    "exact": "정확한 값",
    "an estimate": "어림값",
    "The Newton decrement fell to the tolerance": "뉴턴 감소량이 기준 아래로 내려갔습니다.",
    "The allowed passes over the data are spent": "데이터를 훑을 수 있는 횟수를 다 썼습니다.",
    "No step lowers the loss any more: rounding is all that is left": "어떤 걸음으로도 비용이 더 내려가지 않습니다. "
    "남은 것은 반올림 오차뿐입니다.",
    "It was interrupted": "중간에 멈추었습니다.",
    "The loss is no longer a finite number": "비용이 더는 유한한 수가 아닙니다.",
    "the search was interrupted: standard errors are those of a maximum, which this is not": "중간에 멈추었습니다. 표준 "
    "오차는 가장 높은 곳에서만 뜻이 있는데, 이곳은 아닙니다.",
    "there are too many coefficients to form the information matrix that standard errors are made of": "계수가 너무 많아 "
    "표준 오차를 구할 정보 행렬을 만들 수 없습니다.",
    "a ridge penalty biases the coefficients: their sampling errors do not say how near the truth they are": "l2 벌점은 "
    "계수를 0 쪽으로 당깁니다. 그래서 표준 오차만으로는 참값에 얼마나 가까운지 알 수 없습니다.",
}

WARNINGS: Final[dict[str, str]] = {
    "{_said}, so the likelihood grows for ever with a coefficient and maximum likelihood has no finite answer. {_instead}": "{_said} "
    "그래서 계수를 키울수록 가능도가 끝없이 올라가고, 최대 가능도에는 유한한 답이 없습니다. {_instead}",
    "Firth's penalized likelihood is fitted instead: its coefficients are finite, and its p-values and intervals are by "
    "penalized likelihood.": "그래서 Firth의 벌점 가능도로 맞추었습니다. 계수가 유한하고, p와 구간도 벌점 가능도로 구합니다.",
    "No model is fitted. Give --penalty firth (penalty='firth') for finite, bias-reduced estimates, --penalty l2, or leave "
    "the penalty at auto.": "모델을 맞추지 않았습니다. penalty를 'firth'나 'l2'로 주거나 'auto'로 두세요.",
    "{_said}; {_also}": TWO,
    "the penalized likelihood has {n} maxima that were found, and perhaps others: the highest is reported, and the next is "
    "{apart} lower in log-likelihood; it may be that a few rows lie far from all others, so look at those.": "벌점 가능도의 "
    "봉우리를 {n}개 찾았고, 더 있을 수도 있습니다. 가장 높은 것을 보였는데, 다음 것은 로그 가능도로 {apart}만큼 낮습니다. 다른 "
    "행들에서 멀리 떨어진 행이 몇 개 있어서일 수 있으니 그 행들을 살펴보세요.",
    "{term} separates the classes: every row up to {last} is {below} and every row from {first} is {above}": "{term} 하나로 "
    "두 클래스가 완전히 나뉩니다. {last}까지는 모두 {below}, {first}부터는 모두 {above}입니다.",
    "{term} separates the classes but for rows at {at}: below it every row is {below}, above it {above}": "{term}이(가) "
    "{at}인 행만 빼면 두 클래스가 나뉩니다. 그보다 작으면 모두 {below}, 크면 모두 {above}입니다.",
    "Every row with {term} is {above} and every row without it is {below}": "{term}인 행은 모두 {above}, 아닌 행은 모두 "
    "{below}입니다.",
    "Every row with {term} is {label}": "{term}인 행은 모두 {label}입니다.",
    "Every row without {term} is {label}": "{term}이(가) 아닌 행은 모두 {label}입니다.",
    "Every row at the reference level of {factor} is {label}": "{factor}의 기준 범주인 행은 모두 {label}입니다.",
    "A combination of {terms} separates the classes {_how}": "{terms}을(를) 함께 쓰면 두 클래스가 {_how} 나뉩니다.",
    "completely": "완전히",
    "but for rows on the border": "경계에 걸친 행만 빼고",
    "{term} has one value only in the rows used: its coefficient is null and it does not count; drop it.": "{term}은(는) 쓰인 "
    "모든 행에서 값이 같습니다. 계수를 구할 수 없으니 쓸 열에서 빼세요.",
    "{term} is exactly collinear with {on}: its coefficient is null and it does not count; drop one.": "{term}은(는) {on}(으)로 "
    "정확히 계산됩니다. 계수를 구할 수 없으니 하나를 빼세요.",
    "few events: the rarer outcome occurs {n} times for {k} coefficient{s} (under {least} each); coefficients tend to be too "
    "far from zero and intervals are rough.": "사례가 적습니다. 계수 {k}개를 구하는데 드문 쪽이 {n}번뿐입니다(계수마다 {least}번은 "
    "있어야 합니다). 계수가 0에서 너무 멀게 나오기 쉽고, 구간도 거칩니다.",
    "missing values were filled in {columns}: standard errors do not know that and are too small.": "빈 값을 채웠습니다: "
    "{columns}. 표준 오차는 이 사실을 모르므로 실제보다 작습니다.",
    "not certified: nothing proves that these coefficients are near the best, or that there is a best; look for columns of "
    "enormous range or nearly collinear ones.": "증명하지 못했습니다. 이 계수가 가장 좋은 값에 가까운지, 가장 좋은 값이 있기는 한지 알 수 "
    "없습니다. 범위가 지나치게 넓은 열이나 서로 거의 같은 열이 있는지 보세요.",
    "p-values and intervals of {n} terms are Wald's: profiling the penalized likelihood of all of them on these rows would "
    "take too long. Those of the terms that separate the classes are profiled.": "{n}개 항의 p와 구간은 Wald 방법입니다. 모두 "
    "프로파일로 구하면 너무 오래 걸립니다. 클래스를 나누는 항은 프로파일로 구했습니다.",
    "bad rows: {n} could not be read and are set aside in {path} ({lines}).": "읽지 못한 {n}줄을 {path}에 따로 두었습니다({lines}).",
    "{name} is a category of {k} levels, reference {level}.": "{name}은(는) 범주가 {k}개인 열이고, 기준은 {level}입니다.",
    "{name} is {level} in every row to fit, so it has no term.": "{name}은(는) 모든 행에서 {level}이어서 항이 없습니다.",
    "{n} missing values of {name} are filled with its mean, {value}.": "{name}의 빈 값 {n}개를 평균 {value}(으)로 채웠습니다.",
    "{n} missing values of {name} are filled with its most frequent level, {value}.": "{name}의 빈 값 {n}개를 가장 흔한 "
    "{value}(으)로 채웠습니다.",
    "encoding {name} (it is not UTF-8)": "글자 인코딩은 {name}입니다(UTF-8이 아닙니다).",
    "encoding {name}": "글자 인코딩은 {name}입니다.",
    "delimiter {sign}": "칸을 나누는 글자는 {sign}입니다.",
    "column {name} has {k} levels, so {n} terms; drop or group it if that is not meant.": "{name} 열은 범주가 {k}개라 항이 "
    "{n}개 생깁니다. 뜻한 바가 아니면 빼거나 묶으세요.",
    "column {name} is the row number ({low} to {high}); it is used as a number.": "{name} 열은 줄 번호({low}부터 {high})로 보이지만 "
    "수로 썼습니다.",
    "column {name} numbers the rows, each of {low} to {high} once; it is used as a number.": "{name} 열은 줄 번호({low}부터 "
    "{high})로 보이지만 수로 썼습니다.",
}

ERRORS: Final[dict[str, str]] = {
    "{file} is empty: a header line and rows were expected.": "{file}은(는) 빈 파일입니다. 첫 줄에는 열 이름이, 그 아래에는 "
    "데이터가 있어야 합니다.",
    "{file} has a header and no {rows}; add rows below it.": "{file}에는 열 이름만 있고 읽을 수 있는 데이터가 없습니다. 그 아래에 "
    "데이터를 넣으세요.",
    "{file}, line {line}: a header was expected, but every field is a number: {fields}. If this is the first row of data, say "
    "--no-header (columns are then column1, column2, ...); else write a header.": "{file} {line}번째 줄: 열 이름이 있어야 하는데 "
    "모두 수입니다({fields}). 맨 위에 열 이름을 적은 줄을 넣으세요.",
    "{file}, line {line}: column {n} has no name (R and pandas write row names so); write a name for it in the header.": "{file} "
    "{line}번째 줄: {n}번째 열에 이름이 없습니다. 첫 줄에 이름을 적으세요.",
    "{file}, line {line}: column names must differ, but {name} names columns {places}; rename one of each in the header.": "{file} "
    "{line}번째 줄: 열 이름은 서로 달라야 하는데 {name}이(가) 여러 번 나옵니다. 하나의 이름을 바꾸세요.",
    "{file}, line {line}: {title} is one field where the rows have {width}. It reads like a title or a comment, not a header; "
    "delete that line (and say --no-header if rows follow at once).": "{file} {line}번째 줄: {title}은(는) 한 칸인데 아래 줄은 {width}칸입니다. "
    "열 이름이 아니라 제목인 듯합니다. 그 줄을 지우세요.",
    "{file}, line {line}: {wanted} fields were expected and {came} came: {row}. {n} more rows are bad. {remedy}": "{file} {line}번째 줄: "
    "{wanted}칸이어야 하는데 {came}칸입니다({row}). 이런 줄이 {n}개 더 있습니다. 그 줄들을 고치세요.",
    "{file}, line {line}: {wanted} fields were expected and {came} came: {row}. {remedy}": "{file} {line}번째 줄: {wanted}칸이어야 하는데 "
    "{came}칸입니다({row}). 그 줄을 고치세요.",
    "{file}, line {line}: a quote opens here and is not closed on its line: {row}. {remedy}": "{file} {line}번째 줄: 따옴표가 열리고 "
    "닫히지 않았습니다({row}). 그 줄을 고치세요.",
    "{file}, line {line}: a quoted field does not end at its closing quote: {row}. {remedy}": "{file} {line}번째 줄: 닫는 따옴표 뒤에 다른 "
    "글자가 있습니다({row}). 그 줄을 고치세요.",
    "{file} should be text with delimiters, but its first bytes are those of {_kind}; {_remedy}.": "{file}은(는) CSV가 아니라 "
    "{_kind}입니다. {_remedy}",
    "{file} cannot be read as its name says; its first bytes are those of {_kind} ({fault}). Write it again, or give it the "
    "ending it should have.": "{file}의 내용이 이름과 다릅니다({_kind}). 다시 저장하거나 맞는 확장자를 붙이세요.",
    "a zip archive or an Excel workbook": "엑셀 파일(또는 압축 파일)",
    "an old Excel workbook": "옛 엑셀 파일",
    "a PDF": "PDF 파일",
    "a web page": "웹 페이지",
    "something else": "알 수 없는 형식",
    "save the sheet as CSV (UTF-8)": "엑셀에서 “CSV UTF-8”로 저장해서 넣으세요.",
    "write it as CSV or Parquet first": "CSV로 저장해서 넣으세요.",
    "fetch the data itself": "데이터 파일 자체를 내려받으세요.",
    "{file}, {place}: this is not {codec} text; {remedy}.": "{file}의 글자를 읽지 못했습니다({place}, {codec}가 아님). UTF-8이나 "
    "CP949로 저장해서 넣으세요.",
    "{file}, line {line}: a NUL byte stands in the text. Is this UTF-16 (say --encoding utf-16-le or utf-16-be) or not a text "
    "file at all?": "{file} {line}번째 줄: 글자 파일이 아닌 듯합니다. “CSV UTF-8”로 저장해서 넣으세요.",
    "{file}, column {name} should have two labels and has {k}: {_shown}. With one label there is nothing to tell apart; check "
    "the column and the rows.": "{file}의 {name} 열은 값이 두 가지여야 하는데 {k}가지뿐입니다: {_shown}. 가를 것이 없습니다.",
    "{file}, column {name} should have two labels and has {k}: {_shown}. Mend the odd ones or mark them missing with --na; if "
    "these are counts of successes, name the trials with --trials.": "{file}의 {name} 열은 값이 두 가지여야 하는데 {k}가지입니다: "
    "{_shown}. 잘못 적힌 값을 고치거나, 값이 두 가지인 열을 고르세요.",
    "{file}, column {name} has one label only, {label}, in the {n} rows to fit{lost}. With one label there is nothing to tell "
    "apart; check the column and the rows.": "{file}의 {name} 열은 쓸 수 있는 {n}개 행에서 값이 {label} 하나뿐입니다. 가를 것이 없습니다.",
    "{label} ({n} rows, first line {line}), {_more}": "{label} {n}개({line}번째 줄부터), {_more}",
    "{label} ({n} rows, first line {line})": "{label} {n}개({line}번째 줄부터)",
    "{file}, column {name}: every label is missing.": "{file}의 {name} 열이 모두 비어 있습니다.",
    "{file}, column {name}: every value is missing; leave it out with --drop {column}.": "{file}의 {name} 열이 모두 비어 있습니다. 쓸 열에서 "
    "빼세요.",
    "{file}, column {name} has no value in the {n} rows to fit; drop it.": "{file}의 {name} 열은 쓸 수 있는 {n}개 행에서 모두 비어 "
    "있습니다. 쓸 열에서 빼세요.",
    "{file}: no rows are left{lost}.": "{file}: 빈 값이 있는 행을 빼고 나니 남는 행이 없습니다.",
    "{file}, column {name}: {k} different texts in {n} rows ({example}) read like an identifier, and would be {terms} terms; "
    "{remedy}": "{file}의 {name} 열은 {n}개 행에 서로 다른 글이 {k}개나 있습니다({example}). 이름표처럼 보이니 쓸 열에서 빼세요.",
    "{file}, column {name}: {k} different texts ({example}) in {n} rows are too many for a category, fewer than five rows a "
    "level; group them, {remedy}": "{file}의 {name} 열은 {n}개 행에 서로 다른 글이 {k}개나 있어 범주로 쓰기에 너무 많습니다({example}). "
    "몇 가지로 묶거나, 쓸 열에서 빼세요.",
    "{file}: column {name} is the row number ({low} to {high}), an identifier rather than a measurement; leave it out with "
    "{remedy}": "{file}의 {name} 열은 줄 번호({low}부터 {high})로 보입니다. 쓸 열에서 빼세요.",
    "{file}: column {name} numbers the rows, each of {low} to {high} once, an identifier rather than a measurement; leave it "
    "out with {remedy}": "{file}의 {name} 열은 줄 번호({low}부터 {high})로 보입니다. 쓸 열에서 빼세요.",
    "{file}, line {line}, column {name}: {text} is not a number, while {n} other values of this column are. If it stands for "
    "a missing value, say --na {quoted}; if the column is a category, say --categorical {column}; else mend the file.": "{file} "
    "{line}번째 줄, {name} 열: {text}은(는) 수가 아닌데 이 열의 다른 값 {n}개는 수입니다. 수로 고치거나, 값이 없다는 뜻이면 칸을 비우세요.",
    "{file}, line {line}, column {name}: a number was expected, but {text} {_form}.": "{file} {line}번째 줄, {name} 열: 수가 "
    "있어야 하는데 {text}에 {_form}",
    "has a thousands separator; write it without (or say --decimal , where the comma is the decimal mark)": "천 단위를 끊는 "
    "쉼표가 있습니다. 쉼표 없이 적으세요.",
    "has a thousands separator; write it without": "천 단위를 끊는 표시가 있습니다. 표시 없이 적으세요.",
    "is written with a decimal comma; say --decimal ,": "소수점 대신 쉼표가 있습니다. 점으로 적으세요.",
    "has a percent sign; write the number alone": "퍼센트 기호가 있습니다. 수만 적으세요.",
    "has a currency sign; write the number alone": "돈의 단위가 있습니다. 수만 적으세요.",
    "{file}, line {line}, column {name}: {value} is infinite; mend it, or mark it missing (leave the field empty).": "{file} "
    "{line}번째 줄, {name} 열: {value}은(는) 무한대입니다. 고치거나 칸을 비우세요.",
    "{file} has no column left to predict {name} from ({columns}).": "{file}에 {name}을(를) 설명할 열이 남아 있지 않습니다.",
    "expected two classes, and every row is {label}; there is nothing to tell apart": "두 가지 값이 있어야 하는데 모든 행이 {label}입니다. "
    "가를 것이 없습니다.",
    "column {name}: expected finite numbers whose squares can be added up, and it holds NaN, infinity or numbers beyond 1e150; "
    "mend or rescale it": "{name} 열에 NaN이나 무한대, 또는 지나치게 큰 수가 있습니다. 고치거나 단위를 바꾸세요.",
}  # fmt: skip


def korean(text: str) -> str:
    """A sentence of the library in Korean; one that the catalog does not know comes back as it is."""
    if "\n" in text:
        return "\n".join(map(korean, text.split("\n")))
    for pattern, words in _patterns():
        found = pattern.fullmatch(text)
        if found:
            held = {name: korean(it) if name.startswith("_") else it for name, it in found.groupdict().items()}
            if words == TWO and found["_said"] in held.values():
                continue  # a semicolon within one sentence
            return particles(words.format(**held))
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    # the more words a template has of its own, the surer it is what was meant
    every = NAMES | SUMMARY | WARNINGS | ERRORS
    surest = sorted(every, key=lambda english: -sum(len(text) for text, *_ in Formatter().parse(english)))
    return [(re.compile(_as_pattern(english), re.DOTALL | re.IGNORECASE), every[english]) for english in surest]


def _as_pattern(template: str) -> str:
    parts = Formatter().parse(template)
    return "".join(re.escape(text) + (f"(?P<{name}>{_held(name)})" if name else "") for text, name, _, _ in parts)


def _held(name: str) -> str:
    return "s?" if name == "s" else ".+?"  # {s} is a plural's letter, or nothing


_PARTICLE = re.compile(r"(\w)([^\w\s]*)(이\(가\)|을\(를\)|은\(는\)|과\(와\)|\(으\)로)")
_ENDS_IN_CONSONANT = "013678LMNRlmnr"  # as they are read: 영, 일, 삼, 육, 칠, 팔; 엘, 엠, 엔, 알


def particles(text: str) -> str:
    """이(가), 을(를), 은(는), 과(와), (으)로: the one that fits the letter before it, quotes and brackets aside."""

    def fit(found: re.Match[str]) -> str:
        letter, between, both = found.groups()
        last = (ord(letter) - 0xAC00) % 28 if "가" <= letter <= "힣" else 4 * (letter in _ENDS_IN_CONSONANT)
        if both == "(으)로":
            rieul = last == 8 or letter in "178Llr"
            return letter + between + ("으로" if last and not rieul else "로")
        return letter + between + (both[0] if last else both[2])

    return _PARTICLE.sub(fit, text)

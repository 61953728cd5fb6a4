"""The doctor's sentences in Korean; see `english` for what belongs where."""

from __future__ import annotations

from typing import Final

TITLE: Final[dict[str, str]] = {
    "not-finite": "계산을 시작하기도 전에 NaN이나 무한대가 있습니다",
    "labels-out-of-range": "레이블이 0과 1 사이를 벗어났습니다",
    "labels-shuffled": "레이블이 제 행을 따라가지 않습니다",
    "integer-targets": "레이블이 정수인데 비용 함수는 실수를 받습니다",
    "dtype-mismatch": "서로 섞이지 않는 자료형입니다",
    "shape-mismatch": "(N,)과 (N, 1)이 만났습니다",
    "does-not-run": "루프가 돌아가지 않습니다",
    "logits-to-bce": "확률을 받는 비용 함수에 로짓을 넣었습니다",
    "probabilities-to-logit-loss": "로짓을 받는 비용 함수에 확률을 넣었습니다",
    "sigmoid-twice": "시그모이드 함수를 두 번 거칩니다",
    "swapped-arguments": "비용 함수에 넣는 순서가 바뀌었습니다",
    "cost-without-minus": "비용 함수에 마이너스 부호가 빠졌습니다",
    "sigmoid-without-minus": "시그모이드 함수에 마이너스 부호가 빠졌습니다",
    "saturation": "시그모이드 함수가 포화되었거나 log 0을 만났습니다",
    "no-gradient": "기울기가 가중치까지 가지 못합니다",
    "parameters-not-held": "옵티마이저가 모르는 매개변수가 있습니다",
    "model-rebuilt": "루프 안에서 모델을 새로 만듭니다",
    "missing-zero-grad": "zero_grad가 빠졌습니다",
    "zero-grad-too-late": "step 전에 기울기를 지워 버립니다",
    "missing-backward": "backward가 빠졌습니다",
    "missing-step": "step이 빠졌습니다",
    "learning-rate-climbs": "학습률이 너무 커서 비용이 올라갑니다",
    "learning-rate-crawls": "학습률이 너무 작아서 비용이 기어갑니다",
    "half-precision": "가중치가 반정밀도입니다",
    "tf32": "행렬 곱이 거칠게 반올림될 수 있습니다(TF32)",
    "slow-loader": "계산보다 DataLoader가 더 오래 걸립니다",
    "columns-of-different-scale": "열마다 크기가 크게 다릅니다",
    "class-imbalance": "한쪽 클래스가 드뭅니다",
    "one-class": "클래스가 하나뿐입니다",
    "separable": "두 클래스가 완전히 갈립니다",
}

EVIDENCE: Final[dict[str, str]] = {
    "not-finite": "{name}에 NaN이나 무한대가 {count}개 있습니다. 하나만 있어도 모든 가중치가 NaN이 됩니다.",
    "not-finite/weights": "매개변수 {name}에 NaN이나 무한대가 {count}개 있습니다. 앞선 학습에서 이미 망가진 것입니다.",
    "labels-out-of-range": "레이블 {n}개 가운데 {count}개가 0과 1 사이를 벗어났습니다({low:g}에서 {high:g}까지: "
    "{shown}). 이런 행에서는 교차 엔트로피에 바닥이 없어서, 비용이 0 밑으로 끝없이 내려가고 아무 뜻도 없게 됩니다.",
    "labels-out-of-range/two": "레이블이 0과 1이 아니라 {shown}입니다. {n}개 가운데 {count}개 행에서 교차 엔트로피에 "
    "바닥이 없어서, 비용이 0 밑으로 끝없이 내려가고 아무 뜻도 없게 됩니다.",
    "labels-shuffled": "같은 행이 다시 나온 {again}번 가운데 {moved}번은 레이블이 달랐습니다. x와 y를 따로따로 섞고 "
    "있어서 배울 것이 없습니다.",
    "integer-targets": "y의 자료형이 {dtype}입니다. 그래서 이 비용 함수가 오류를 냅니다. 실수 레이블이면 돌아갑니다.",
    "integer-targets/wraps": "y의 자료형이 {dtype}입니다. 그래서 같은 레이블을 실수로 주었을 때와 비용이 다르게 "
    "나옵니다. 부호 없는 정수는 0보다 작아지면 가장 큰 수로 돌아가기 때문입니다.",
    "dtype-mismatch": "{name}의 자료형이 {came}입니다. {expected} 자료형이 와야 하는데, torch는 알아서 바꾸지 않고 "
    "오류를 냅니다.",
    "shape-mismatch/raises": "모델의 출력은 {out}, y는 {y}입니다. 비용 함수가 이 둘을 받아들이지 않습니다.",
    "shape-mismatch/spread": "모델의 출력은 {out}, y는 {y}입니다. torch가 이것을 {n} x {n} = {pairs}쌍으로 펼쳐서 "
    "모든 출력을 모든 레이블과 견줍니다. 그래서 모든 행이 레이블의 평균으로 끌려가고, 제 레이블은 어느 행도 배우지 "
    "못합니다.",
    "shape-mismatch/loop": "모델의 출력은 {out}, y는 {y}인데, 비용 함수로 가는 길에 하나만 모양이 바뀝니다(squeeze나 "
    "reshape). 그러면 모든 출력이 모든 레이블과 만나 {n} x {n} = {pairs}쌍이 됩니다.",
    "does-not-run/module": "이 데이터를 넣으면 모델이 오류를 냅니다: {error}",
    "does-not-run/loss": "모델의 출력을 넣으면 비용 함수가 오류를 냅니다: {error}",
    "logits-to-bce": "이 비용 함수는 입력에 log를 취하므로 확률을 받아야 합니다. 그런데 모델은 로짓을 내놓습니다. "
    "지금은 {low:.3g}에서 {high:.3g} 사이이지만, 0과 1 사이에 머물게 해 주는 것이 없습니다.",
    "logits-to-bce/outside": "이 비용 함수는 입력에 log를 취하므로 확률을 받아야 합니다. 그런데 모델은 {low:.3g}에서 "
    "{high:.3g}에 이르는 로짓을 내놓습니다. {n}개 가운데 {outside}개가 0과 1 사이를 벗어나는데, 거기서 이 비용은 "
    "오류나 NaN입니다.",
    "probabilities-to-logit-loss": "모델이 시그모이드 함수로 끝나는데(출력 {low:.3g}에서 {high:.3g}) 비용 함수가 "
    "시그모이드를 한 번 더 씌웁니다. 비용 함수가 보는 확률은 모두 0.5와 0.731 사이이고, 비용은 클래스 1인 행에서 "
    "0.313, 클래스 0인 행에서 0.693 밑으로 내려갈 수 없습니다.",
    "probabilities-to-logit-loss/loop": "루프에서 출력에 시그모이드 함수를 씌웠는데 비용 함수가 한 번 더 씌웁니다. "
    "비용 함수가 보는 확률은 모두 0.5와 0.731 사이입니다.",
    "sigmoid-twice/module": "모델의 출력이 0.5와 0.731 사이를 벗어나지 못합니다. 0과 1 사이의 수에 시그모이드를 "
    "씌우면 나오는 범위이니, 시그모이드가 두 번 이어진 것입니다. 어떤 행도 0이라고 판정할 수 없습니다.",
    "sigmoid-twice/loss": "모델이 시그모이드 함수로 끝나는데, 비용을 구하며 log를 취하기 전에 한 번 더 씌웁니다. 그 "
    "값은 0.5와 0.731 사이를 벗어나지 못하므로 어떤 행도 0이라고 판정할 수 없습니다.",
    "swapped-arguments": "비용 함수에서 모델의 출력이 올 자리에 레이블({low:g}에서 {high:g})이, 레이블이 올 자리에 "
    "출력({outs}, ...)이 왔습니다. 그러면 비용은 출력에 대한 직선이 되어 최솟값이 없습니다.",
    "cost-without-minus": "옳은 쪽으로 내놓은 출력의 비용이 {right:.4g}, 틀린 쪽으로 내놓은 출력의 비용이 {wrong:.4g}"
    "입니다. 이 비용을 따라 내려가면 레이블에서 멀어집니다.",
    "sigmoid-without-minus": "살펴본 {rows}개 행 모두에서 Wx + b가 커질수록 H가 작아집니다. 1 / (1 + exp(Wx + b))는 "
    "H가 아니라 1 - H입니다. 학습은 되지만 W와 b의 부호가 뒤집히고, Wx + b > 0이면 클래스 0이라는 뜻이 됩니다.",
    "sigmoid-without-minus/loss": "비용을 구할 때 출력에 씌우는 1 / (1 + exp(z))는 z가 커질수록 작아집니다. 옳은 "
    "쪽으로 내놓은 출력의 비용이 {right:.4g}, 틀린 쪽이 {wrong:.4g}이니, 모델은 레이블과 반대로 배웁니다.",
    "saturation/not-finite": "출력은 모두 유한한데 비용이 {loss}입니다. 출력 {n}개 가운데 {flat}개가 너무 멀리 가서 "
    "시그모이드 값이 정확히 0이나 1로 반올림되고, log 0은 마이너스 무한대입니다.",
    "saturation/stuck": "{n}개 가운데 {wrong}개 행에서 시그모이드 값이 0이나 1에 붙어 있는데, 그것도 틀린 쪽입니다. "
    "그 자리는 평평해서 기울기가 남아 있지 않고, 이 행들은 가중치를 바로잡지 못합니다.",
    "saturation/hidden": "은닉층 {name} 출력의 {share:.0f}%가 곡선이 평평한 양 끝에 몰려 있습니다. 그 앞의 층으로는 "
    "기울기가 거의 넘어가지 않습니다.",
    "saturation/later": "비용이 {series} 순으로 움직이다가 {last} 값이 됩니다. 보폭이 큰 탓이 아니라, 시그모이드 값이 "
    "정확히 0이나 1로 반올림되어 비용이 log 0을 만난 것입니다.",
    "no-gradient/frozen": "모델의 매개변수 가운데 기울기를 구하는 것이 하나도 없습니다.",
    "no-gradient/tensors": "학습하려는 텐서 가운데 기울기를 구하는 것이 하나도 없습니다.",
    "no-gradient/loss": "모델이 무엇을 내놓든 비용이 똑같습니다. 클래스가 하나뿐인 교차 엔트로피(출력 하나에 "
    "nn.CrossEntropyLoss)는 언제나 그렇습니다.",
    "no-gradient/output": "가중치가 무엇이든 모델의 출력이 똑같습니다. 출력 하나에 씌운 소프트맥스는 언제나 "
    "그렇습니다.",
    "no-gradient/cut": "비용이 어떤 가중치와도 이어져 있지 않습니다. 그 사이 어딘가에서 detach(), .data, no_grad()나 "
    "(h > 0.5).float() 같은 비교가 계산 그래프를 끊었습니다.",
    "no-gradient/saddle": "지금 가중치에서는 기울기가 모두 정확히 0인데 다른 곳에서는 그렇지 않습니다. 가중치가 모두 "
    "같은 값에서 출발했고, 똑같은 은닉 유닛들은 계속 똑같습니다.",
    "parameters-not-held": "매개변수 {all}개 가운데 {missing}개가 옵티마이저에 들어 있지 않아 끝내 움직이지 않습니다: "
    "{names}",
    "parameters-not-held/none": "옵티마이저에 이 모델의 매개변수 {all}개({names})가 하나도 들어 있지 않습니다. 다른 "
    "모델, 어쩌면 새로 만들기 전의 모델을 움직이고 있습니다.",
    "parameters-not-held/unknown": "출력이 model.parameters()에 없는 텐서 {missing}개(모양 {shapes})에 달려 있습니다. "
    "옵티마이저는 이것을 끝내 움직이지 않습니다. 층을 보통 리스트에 담았거나, 가중치가 nn.Parameter가 아닌 것입니다.",
    "parameters-not-held/unreached": "{steps}번 step을 밟는 동안 backward가 옵티마이저의 매개변수에 한 번도 닿지 "
    "않았습니다. 학습하는 것과 움직이는 것이 서로 다릅니다.",
    "model-rebuilt": "{steps}번 step을 밟는 동안 비용은 지켜보던 모델이 아니라 새로 만든 모델 {built}개에서 "
    "나왔습니다. 매번 무작위 가중치에서 다시 시작하고, 옵티마이저에는 그 가운데 하나도 들어 있지 않습니다.",
    "model-rebuilt/tensors": "루프를 {steps}번 도는 동안 비용이 {built}번, 지켜보던 가중치가 아니라 새로 만든 "
    "가중치에서 나왔습니다. 그때마다 학습이 처음부터 다시 시작됩니다.",
    "model-rebuilt/rewritten": "순전파 {steps}번 가운데 {times}번은, 직전 step이 움직인 것보다 더 크게 누군가 "
    "가중치를 덮어쓴 뒤였습니다. 에포크마다 처음부터 다시 시작하는 셈입니다.",
    "parameters-not-held/tensors": "비용이 달려 있는 텐서 {all}개 가운데 {missing}개가 옵티마이저에 들어 있지 않아 "
    "끝내 움직이지 않습니다: {names}",
    "parameters-not-held/more": "비용이 달려 있는 텐서 가운데 {missing}개(모양 {shapes})를 옵티마이저에 넘기지 "
    "않았습니다. 끝내 움직이지 않습니다.",
    "missing-zero-grad": "{steps}번 가운데 {times}번, 이미 쓴 기울기 위에 backward가 새 기울기를 더했습니다(처음은 "
    "{first}번째 step). step마다 지난 걸음을 모두 되풀이하니, 아무도 부탁하지 않은 관성이 붙은 것과 같습니다.",
    "zero-grad-too-late": "{steps}번 가운데 {times}번, backward가 방금 채운 기울기가 step에서는 사라지고 없었습니다. "
    "zero_grad가 backward와 step 사이에 있습니다.",
    "missing-backward": "step은 {steps}번 밟았는데 backward는 한 번도 부르지 않았습니다. 따라 내려갈 기울기가 "
    "없습니다.",
    "missing-step": "backward는 {backwards}번 불렀는데 step은 한 번도 밟지 않았습니다. 가중치가 그대로입니다.",
    "learning-rate-climbs": "학습률이 {lr:g}인데, 여기서 안정된 보폭은 {limit:.3g}까지입니다(2 / L, L은 비용의 가장 "
    "큰 곡률). 비용이 {series} 순으로 움직입니다.",
    "learning-rate-climbs/seen": "학습률 {lr:g}에서 비용이 {series} 순으로 움직입니다. 내려가지 않고 올라갑니다.",
    "learning-rate-climbs/batches": "학습률이 {lr:g}일 때, 살펴본 step {probes}번 가운데 {ups}번은 기울기를 구한 바로 "
    "그 행들의 비용을 오히려 올렸습니다.",
    "learning-rate-crawls": "학습률이 {lr:g}인데, 여기서 안정된 보폭은 {limit:.3g}까지입니다(2 / L). {steps}번에 "
    "비용이 {first:.4g}에서 {last:.4g}까지 가는데, 가장 큰 보폭의 절반이면 {trial}번에 {mended:.4g}까지 갑니다. "
    "에포크 {epochs}번으로는 모자랍니다.",
    "learning-rate-crawls/other": "학습률 {lr:g}로는 {steps}번에 비용이 {first:.4g}에서 {last:.4g}까지 가는데, 보폭이 "
    "안정된 보통의 경사 하강법이면 {trial}번에 {mended:.4g}까지 갑니다. 에포크 {epochs}번으로는 모자랍니다.",
    "learning-rate-crawls/schedule": "스케줄러가 step {steps}번 만에 학습률을 {lr:g}에서 {end:.2g}까지 낮추어 더는 "
    "움직이지 않습니다. 비용이 {first:.4g}에서 {last:.4g}까지 가는데, 보폭이 안정된 보통의 경사 하강법이면 {trial}번에 "
    "{mended:.4g}까지 갑니다.",
    "half-precision": "{name}의 자료형 {dtype}은 두 수가 제 크기의 {eps:.1g}만큼은 달라야 구별합니다. 그보다 작은 "
    "걸음은 반올림되어 사라지고, 시그모이드 값은 일찍 정확히 1이 됩니다.",
    "tf32": "{setting}. 이 장치({device})에서는 float32 행렬 곱이 10비트, 곧 7자리 대신 3자리만 남을 수 있습니다.",
    "tf32/elsewhere": "{setting}. 이를 지원하는 하드웨어에서는 float32 행렬 곱이 10비트, 곧 7자리 대신 3자리만 남을 "
    "수 있습니다. 지금 모델은 {device}에 있습니다.",
    "slow-loader/workers": "DataLoader가 작업자 {workers}개를 에포크마다 새로 띄우는 데 {wait:.3g}ms가 걸리는데, 한 "
    "에포크의 계산은 {work:.3g}ms면 끝납니다.",
    "slow-loader": "배치 하나를 기다리는 데 {wait:.3g}ms, 계산하는 데 {work:.3g}ms가 걸립니다(배치 {batches}개를 재어 "
    "본 값). {ratio:.0f}배입니다.",
    "columns-of-different-scale": "{at}번 열의 크기는 {large:.3g}, {low}번 열의 크기는 {small:.3g}, {ratio:.3g}배 "
    "차이입니다. 한쪽에 맞는 보폭은 다른 쪽에는 너무 크거나 너무 작습니다.",
    "columns-of-different-scale/large": "{at}번 열의 크기는 {large:.3g}인데, 편향에 곱해지는 수는 1입니다. 이 열의 "
    "가중치에 맞게 보폭을 줄이면 편향이 거의 움직이지 않습니다.",
    "columns-of-different-scale/small": "{low}번 열의 크기는 {small:.3g}인데, 편향에 곱해지는 수는 1입니다. 편향에 "
    "맞춘 보폭으로는 이 열의 가중치가 거의 움직이지 않습니다.",
    "class-imbalance": "클래스 {label}인 행이 {share:.2g}%뿐입니다. 무조건 {other}이라고만 해도 {accuracy:.4g}%를 "
    "맞히니, 정확도로는 알 수 있는 것이 별로 없습니다.",
    "one-class": "레이블 {rows}개가 모두 {label:g}입니다. 나눌 것이 없습니다.",
    "separable": "{terms}: 어떤 결정 경계가 모든 행을 제 쪽에 둡니다. 그래서 시그모이드가 가파를수록 비용이 줄고, "
    "루프가 도는 한 가중치는 계속 커집니다.",
}

REMEDY: Final[dict[str, str]] = {
    "not-finite": "그 행을 빼거나 값을 채우세요. torch.isfinite(x).all()이 True여야 합니다.",
    "not-finite/weights": "모델을 새로 만들고, 무엇이 망가뜨렸는지 고친 다음 다시 학습하세요.",
    "labels-out-of-range": "레이블을 0과 1 사이로 옮기세요. 백분율이라면 y / 100입니다.",
    "labels-out-of-range/two": "0과 1로 바꾸세요. 1과 2라면 y - 1, -1과 1이라면 (y + 1) / 2입니다.",
    "labels-shuffled": "순서를 한 번만 뽑아 둘 다에 쓰세요: i = torch.randperm(len(x)); x[i], y[i]. 아니면 "
    "TensorDataset(x, y)를 DataLoader가 섞게 하세요.",
    "integer-targets": "y.float()를 넘기세요.",
    "dtype-mismatch": "루프 앞에서 한 번 바꾸세요: {name} = {name}.to(torch.{expected})",
    "shape-mismatch": "둘의 모양을 맞추세요: y = y.reshape({like}). 아니면 출력을 squeeze하세요.",
    "shape-mismatch/loop": "둘 다 squeeze하거나, 둘 다 하지 마세요.",
    "does-not-run": "이것부터 고친 다음 다시 물어보세요.",
    "logits-to-bce": "시그모이드가 들어 있는 nn.BCEWithLogitsLoss()를 쓰거나, 모델 끝에 nn.Sigmoid()를 붙이세요. 둘 "
    "중 하나만입니다.",
    "probabilities-to-logit-loss": "시그모이드를 빼고 nn.BCEWithLogitsLoss()를 그대로 쓰는 쪽이 더 안전합니다. "
    "시그모이드를 두려면 nn.BCELoss()를 쓰세요. 둘 중 하나만입니다.",
    "sigmoid-twice": "시그모이드 둘 가운데 하나를 빼세요.",
    "swapped-arguments": "출력이 먼저, 레이블이 나중입니다: loss_fn(output, y)",
    "cost-without-minus": "앞에 마이너스를 붙이세요: cost = -(y * torch.log(H) + (1 - y) * torch.log(1 - H)).mean()",
    "sigmoid-without-minus": "1 / (1 + torch.exp(-z))로 쓰거나 torch.sigmoid(z)를 쓰세요.",
    "saturation": "로짓에 nn.BCEWithLogitsLoss()를 쓰면 log 0을 만날 일이 없습니다. 열의 크기도 맞추세요: x = (x - "
    "x.mean(0)) / x.std(0)",
    "saturation/hidden": "열의 크기를 맞추거나(x = (x - x.mean(0)) / x.std(0)) 은닉층에 nn.ReLU()를 쓰세요.",
    "no-gradient": "가중치에서 출력까지, 출력에서 비용까지 중간에 끊기는 곳 없이 계산하세요.",
    "no-gradient/frozen": "model.requires_grad_(True)를 부르거나, 학습할 층을 넣으세요.",
    "no-gradient/tensors": "만들 때 기울기를 구하라고 하세요: W = torch.zeros((2, 1), requires_grad=True)",
    "no-gradient/loss": "nn.BCEWithLogitsLoss()를 쓰세요. 출력 하나는 로짓 하나입니다.",
    "no-gradient/output": "소프트맥스를 시그모이드 함수로 바꾸거나, 둘 다 없이 nn.BCEWithLogitsLoss()를 쓰세요.",
    "no-gradient/saddle": "은닉층이 있는 모델은 torch가 원래 하는 대로 무작위 가중치에서 시작하세요.",
    "parameters-not-held": "모델을 만든 다음, 그 모델 전체로 옵티마이저를 만드세요: optim.SGD(model.parameters(), "
    "lr=...)",
    "parameters-not-held/unknown": "층은 nn.Sequential이나 nn.ModuleList에, 직접 만든 가중치는 nn.Parameter에 담은 "
    "다음 옵티마이저를 만드세요.",
    "model-rebuilt": "모델과 옵티마이저는 루프 앞에서 차례로 한 번만 만들고, 루프 안에서는 쓰기만 하세요.",
    "model-rebuilt/tensors": "가중치와 옵티마이저는 루프 앞에서 차례로 한 번만 만들고, 루프 안에서는 쓰기만 하세요.",
    "model-rebuilt/rewritten": "처음 가중치는 루프 앞에서 한 번만 정하세요.",
    "parameters-not-held/tensors": "모두 옵티마이저에 넘기세요: optim.SGD([W, b], lr=...)",
    "parameters-not-held/more": "모두 옵티마이저에 넘기세요: optim.SGD([W, b], lr=...)",
    "missing-zero-grad": "매번 loss.backward() 앞에서 optimizer.zero_grad()를 부르세요.",
    "zero-grad-too-late": "순서를 지키세요: optimizer.zero_grad(), loss.backward(), optimizer.step()",
    "missing-backward": "optimizer.step() 앞에서 loss.backward()를 부르세요.",
    "missing-step": "loss.backward() 다음에 optimizer.step()을 부르세요.",
    "learning-rate-climbs": "학습률을 그 절반인 {half:.2g} 이하로 하세요. 열의 크기를 맞추면 더 크게 할 수 있습니다.",
    "learning-rate-climbs/seen": "학습률을 줄이세요. 우선 10분의 1로 하고 다시 보세요.",
    "learning-rate-climbs/batches": "학습률을 줄이세요. 우선 10분의 1로 하고 다시 보세요.",
    "learning-rate-crawls": "학습률을 키우세요. 안정된 가장 큰 보폭의 절반인 {half:.2g}까지 괜찮습니다.",
    "learning-rate-crawls/other": "학습률을 키우세요. 우선 10배로 하고 다시 보세요.",
    "learning-rate-crawls/schedule": "학습률을 더 천천히 낮추고, 스케줄러의 step은 배치마다가 아니라 에포크마다 한 번 "
    "부르세요.",
    "half-precision": "가중치는 float32로 두세요(model.float()). 속도가 필요하면 torch.autocast가 안전한 곳만 골라 "
    "반정밀도로 계산하게 하세요.",
    "tf32": 'torch.set_float32_matmul_precision("highest")로 두세요. 이렇게 작은 행렬 곱에서는 낮춰 봐야 얻을 것이 '
    "없습니다.",
    "slow-loader": "데이터가 메모리에 들어가면 한 번에 읽어 텐서를 잘라 쓰거나 배치를 키우세요. 들어가지 않으면 계속 "
    "살아 있는 작업자에게 읽기를 맡기세요(num_workers, persistent_workers=True).",
    "slow-loader/workers": "행이 이렇게 적으면 num_workers=0으로 두거나, 작업자를 계속 살려 "
    "두세요(persistent_workers=True).",
    "columns-of-different-scale": "열의 크기를 맞추세요: x = (x - x.mean(0)) / x.std(0). 이때 쓴 학습 데이터의 평균과 "
    "표준편차는 새 데이터에도 그대로 쓰세요.",
    "class-imbalance": "정확도 대신 정밀도, 재현율, AUC로 판단하고, 임계값은 실수의 대가를 따져 정하세요.",
    "one-class": "행을 어떻게 골랐는지, 레이블을 어떻게 만들었는지 살펴보세요.",
    "separable": "일찍 멈추거나, 벌점(weight_decay)을 주거나, 존재하는 답을 구하세요: cutline.fit(..., "
    'penalty="firth")',
}

HEAD: Final[dict[str, str]] = {
    "faults": "고칠 것",
    "facts": "데이터에 대한 사실",
    "following": "위의 잘못 때문에 생긴 것 (함께 사라질 수 있습니다)",
    "none": "잘못된 곳을 찾지 못했습니다.",
    "remedy": "고치는 법:",
    "lesson": "{lesson}강",
    "loss": "비용: {rows}개 행에서 {loss:.4g}.",
    "best": "비용 {loss:.4g}, 선형 로짓으로 얻을 수 있는 가장 작은 비용 {best:.4g} ({rows}개 행).",
    "better": "비용 {loss:.4g}, 선형 로짓으로 얻을 수 있는 가장 작은 비용 {best:.4g}보다도 작습니다({rows}개 행). 이 "
    "모델은 직선 하나보다 더 많은 것을 봅니다.",
    "endless": "비용 {loss:.4g}. 최솟값이 없습니다. {why}",
    "complete": "{terms}만 보아도 두 클래스가 완전히 갈리기 때문입니다. 시그모이드가 가파를수록 비용은 0에 "
    "가까워집니다.",
    "quasi-complete": "{terms}만 보아도 경계에 걸친 행만 빼고 두 클래스가 갈리기 때문입니다. 비용은 끝없이 줄지만 0이 "
    "되지는 않습니다.",
    "credits": "고치면 얼마나 나아지는가 (복사본을 다시 돌려 본 결과)",
    "credit": "{title}: {steps}번 뒤 비용이 이대로면 {before:.4g}, 고치면 {after:.4g}",
    "credit-scale": "{title}: {steps}번 뒤 비용이 가장 알맞은 보폭으로도 {before:.4g}, 열의 크기를 맞추면 {after:.4g}",
    "share": " (선형 로짓의 최솟값까지 남은 거리의 {share:.0f}%)",
}

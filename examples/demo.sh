#!/bin/sh
# The main job on real data: exam scores, then mail. `make demo` runs this; everything it makes lies in demo/.
set -eu
cd "$(dirname "$0")/.."

command -v cutline >/dev/null || {
    echo "demo: cutline is not on the PATH; 'make demo' sets it up, or activate the environment it is installed in" >&2
    exit 1
}

heading() {
    printf '\n== %s\n\n' "$*"
}

# Say a command as one would type it, then do it.
run() {
    printf '$'
    printf ' %s' "$@"
    printf '\n'
    "$@"
}

mkdir -p demo
(cd demo && rm -f scores.json new-scores.csv train.csv test.csv spam.json spam-predictions.csv spam-scores.json)

heading "1. Six exam scores: where is the cut line nobody published?"
run cutline fit examples/scores.csv --target result --out demo/scores.json

heading "2. Four scores that were not in the table"
printf 'score\n40\n56\n59\n75\n' >demo/new-scores.csv
run cutline predict demo/scores.json demo/new-scores.csv --keep score

heading "3. Real mail: 4,601 messages, every fifth one put aside as a test"
awk 'NR == 1 || (NR - 1) % 5 != 0' examples/spam.csv >demo/train.csv
awk 'NR == 1 || (NR - 1) % 5 == 0' examples/spam.csv >demo/test.csv
for part in train test; do
    awk -v file="demo/$part.csv" 'END { print file ": " NR - 1 " messages" }' "demo/$part.csv"
done

heading "4. Learn from the training part (yesno is y for spam)"
run cutline fit demo/train.csv --target yesno --out demo/spam.json --quiet
run cutline show demo/spam.json

heading "5. Give every message of the test part its probability"
run cutline predict demo/spam.json demo/test.csv --keep yesno --out demo/spam-predictions.csv
run head -n 4 demo/spam-predictions.csv

heading "6. How good is it on mail it has not seen?"
run cutline score demo/spam.json demo/test.csv
cutline score demo/spam.json demo/test.csv --json >demo/spam-scores.json

heading "Left in demo/"
cat <<'END'
scores.json           the model of the exam scores: plain JSON, no rows in it
new-scores.csv        the four scores of step 2
train.csv, test.csv   the mail: 3,681 messages to learn from, 920 to judge by
spam.json             the model of the mail
spam-predictions.csv  row, probability, prediction and the truth, for the test part
spam-scores.json      the scores of step 6, as JSON
END

echo
echo "The same ideas to touch, in Korean and English: cutline learn   (needs: pip install 'cutline[lessons]')"

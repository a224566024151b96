# What run and check.sh know of the words in front of a patch; read by them with `.`.
word() { sed -n "/^---/q; s/^$2: //p" "$1"; } # word PATCH NAME

# unknown PATCH NAMES : those names of its line `Tests:` that are no test, nor the beginning of one, in the file NAMES.
unknown() {
    word "$1" Tests | tr '()|' '\n\n\n' | grep '[a-z]' | while read -r name; do
        grep -qE -e "$name" "$2" || printf ' %s' "$name"
    done
}

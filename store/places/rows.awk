# The places and their other spellings as the rows of two C tables.
#
#   LC_ALL=C awk -f store/places/rows.awk gazetteer.csv aliases.csv
function refuse(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why | "cat >&2"
    failed = 1
    exit 1
}
BEGIN {
    FS = ","
    kinds["province"] = kinds["capital"] = 2
    kinds["district"] = kinds["municipality"] = kinds["khan"] = 4
    kinds["commune"] = kinds["sangkat"] = 6
}
/["\\]/ { refuse("a quote or backslash, which this reader does not know") }
FNR == 1 {
    file++
    if ($0 != (file == 1 ? "code,level,kind,parent,name_en,name_km" : "code,alias,source"))
        refuse("other columns than expected")
    print file == 1 ? "static const struct smk_place places[] = {" : "};\nstatic const struct smk_place_alias aliases[] = {"
    next
}
file == 1 {
    if (NF != 6 || !($3 in kinds) || $1 !~ /^[0-9]+$/ || length($1) != kinds[$3] || $5 == "" || $6 == "")
        refuse("not a place")
    if (($1 "") <= (last "") || $4 != substr($1, 1, length($1) - 2) || ($4 != "" && !($4 in seen)))
        refuse("not in the order of codes, or below no place")
    last = $1
    seen[$1] = 1
    printf "{\"%s\", SMK_PLACE_IS_%s, \"%s\", \"%s\"},\n", $1, toupper($3), $5, $6
}
file == 2 {
    if (NF != 3 || !($1 in seen) || $2 == "")
        refuse("not another spelling of a place")
    printf "{\"%s\", \"%s\"},\n", $1, $2
}
END {
    if (!failed)
        print "};"
}

#!/bin/sh
# Prints the style sheet of a report, with the fonts inside, so that one file prints anywhere.
#
#   tools/report/style.sh FOLDER    the folder with fonts/ and page.css
set -eu
folder=$1
face() { # face SCRIPT WEIGHT RANGE
    printf '@font-face{font-family:"Samaki";font-style:normal;font-weight:%s;unicode-range:%s;' "$2" "$3"
    printf 'src:url(data:font/woff2;base64,'
    base64 -w0 "$folder/fonts/noto-sans-khmer-$1-$2-normal.woff2"
    printf ') format("woff2")}\n'
}
khmer='U+1780-17FF,U+19E0-19FF,U+200B-200D,U+25CC'
latin='U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2010-2027,U+2030-205E,U+20AC,U+2122,U+2212'
for weight in 400 700; do
    face khmer $weight "$khmer"
    face latin $weight "$latin"
done
cat "$folder/page.css"

#!/usr/bin/env bash
# What is wrong with a request has its status and code, and does the daemon no harm.
. "$(dirname "$0")/lib.sh"
start --max-body-bytes 1MiB --max-images 4
predict="$url/v1/predict"

# The image.
: >"$work/empty"
head -c $(($(stat -c %s "$image") / 2)) "$image" >"$work/truncated.jpg"
echo 'once upon a time there was no picture here at all' >"$work/story.txt"
# A PNG of 10000 x 10000 pixels that ends after its header.
printf '\211PNG\r\n\032\n\0\0\0\015IHDR\0\0'"'"'\020\0\0'"'"'\020\10\2\0\0\0\065\054\365\160\0\0\0\0IEND\256B`\202' >"$work/huge.png"
refused 400 invalid_argument -T "$work/empty" "$predict"
refused 400 invalid_argument -X POST "$predict"
refused 422 image_undecodable -T "$work/truncated.jpg" "$predict"
refused 415 image_type_unsupported -T "$work/story.txt" "$predict"
refused 413 image_too_large -T "$work/huge.png" "$predict"
refused 415 image_type_unsupported -F "a=@$work/empty" "$predict"
refused 415 image_type_unsupported -H 'Content-Type: image/jpeg' --data-binary x "$predict"

# One bad image among good ones is named.
refused 422 image_undecodable -F "a=@$image" -F "b=@$work/truncated.jpg" "$predict"
true_of '.error | startswith("image 2 ('"'truncated.jpg'"'): ")'
refused 413 image_too_large -F "a=@$image;filename=a/b" -F "b=@$work/huge.png;filename=../../etc/passwd" "$predict"
true_of '.error | startswith("image 2 (")'
jq -n --rawfile image <(base64 -w 0 "$image") --rawfile bad <(base64 -w 0 "$work/story.txt") \
  '{images: [$image, $bad]}' >"$work/json"
refused 415 image_type_unsupported -H "Content-Type: application/json" --data-binary "@$work/json" "$predict"
true_of '.error | startswith("image 2: ")'
refused 400 invalid_argument -F a=@$image -F b=@$image -F c=@$image -F d=@$image -F e=@$image "$predict"

# The form.
form() { refused 400 invalid_argument -H "Content-Type: multipart/form-data$1" --data-binary "$2" "$predict"; }
form '' x
form '; boundary=' x
form '; boundary=""' x
form '; boundary="b' x
form '; boundary=b; boundary=c' x
form "; boundary=$(printf 'b%.0s' {1..71})" x
form '; boundary=b' 'nothing of the kind'
form '; boundary=b' '--b'
form '; boundary=b' $'--b\r\n\r\n'
form '; boundary=b' $'--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\nno end'
form '; boundary=b' $'--b\r\nno colon\r\n\r\nx\r\n--b--'
form '; boundary=b' $'--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--'
form '; boundary=b' $'--b\r\nContent-Disposition: attachment; name=a; filename=a\r\n\r\nx\r\n--b--'
form '; boundary=b' '--b--'
refused 400 invalid_argument -F "top_k=2" "$predict"
refused 400 invalid_argument -F "a=@$image" -F "colour=red" "$predict"
refused 400 invalid_argument -F "a=@$image" -F "top_k=2" -F "top_k=3" "$predict"

# The JSON.
json() { refused 400 "${2:-invalid_argument}" -H "Content-Type: application/json" --data-binary "$1" "$predict"; }
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
call 200 -H "Content-Type: application/json" --data-binary "{\"image\": \"$pixel\"}" "$predict"
json '{'
json '[]'
json '"text"'
json '{}'
json "{\"image\": \"$pixel\"} x"
json "{\"image\": \"$pixel\", \"image\": \"$pixel\"}"
json "{\"image\": \"$pixel\", \"images\": []}"
json '{"images": []}'
json '{"images": {}}'
json '{"image": 5}'
json '{"image": null}'
json '{"images": [5]}'
json '{"image": "not base64!"}'
json '{"image": "R0lGODlhAQ"}'
json '{"image": "data:image/gif,GIF89a"}'
json "{\"image\": \"$pixel\", \"colour\": \"red\"}"
json "{\"image\": \"$pixel\", \"top_k\": \"2\"}"
json "{\"image\": \"$pixel\", \"top_k\": 2.5}"
json "{\"image\": \"$pixel\", \"top_k\": -1}"
json "{\"image\": \"$pixel\", \"top_k\": 1e99}"
json "{\"image\": \"$pixel\", \"attention\": true}"
json "{\"image\": \"$pixel\", \"top_k\": 2, \"top_k\": 2}"
json "{\"image\": \"$pixel\\u0000\"}"
json "{\"image\": \"$pixel\", \"top_k\": NaN}"
json "$(printf '[%.0s' {1..2000})"
printf '{"image": "%s", "gates": [%s0]}' "$pixel" "$(printf '0,%.0s' {1..300000})" >"$work/json"
refused 400 invalid_argument -H "Content-Type: application/json" --data-binary "@$work/json" "$predict"
refused 415 image_type_unsupported -H "Content-Type: application/json" --data-binary '{"image": ""}' "$predict"

layer=$(curl -sS "$url/v1/models" | jq -r '.models[0].se_blocks[0].layer')
gates() { json "{\"image\": \"$pixel\", \"gates\": $1}" "${2:-invalid_argument}"; }
gates '5'
gates '{"nobody.se": 1}' unknown_layer
gates "{\"$layer\": \"open\"}"
gates "{\"$layer\": true}"
gates "{\"$layer\": null}"
gates "{\"$layer\": 1e39}"
gates "{\"$layer\": []}"
gates "{\"$layer\": [1, 2]}"
gates "{\"$layer\": [$(printf '1,%.0s' {1..5000})1]}"
gates "{\"$layer\": 1, \"$layer\": 1}"

# The options of a query.
for option in top_k=-1 top_k=1001 top_k=1e3 top_k=%201 top_k= top_k=99999999999999999999 attention=all attention= \
  exif=maybe layers= layers=a,,b colour=red 'top_k=1&top_k=1' top_k=%zz top_k=%0 top_k=1%00 gates=1 \
  "layers=$(printf 'x%.0s' {1..4096})"; do
  refused 400 invalid_argument -T "$image" "$predict?$option"
done

# Paths and methods.
for path in / /nope /v1 /v1/predict/ /v1/models/ /v1/models/nobody /v1/models/%2e%2e /v1/models/..%2f..%2fetc \
  /healthz%00 /v1/models/% /v2/models/nobody /v2/models/nobody/ready "/v1/models/$(printf 'm%.0s' {1..500})"; do
  refused 404 not_found --path-as-is "$url$path"
done
refused 404 not_found -T "$image" "$url/nope"
refused 405 method_not_allowed "$predict"
[ "$(header Allow)" = 'POST, PUT, OPTIONS' ] || bad "405 says what is allowed: $(header Allow)"
refused 405 method_not_allowed -X DELETE "$url/healthz"
[ "$(header Allow)" = 'GET, HEAD, OPTIONS' ] || bad "405 says what is allowed: $(header Allow)"
refused 405 method_not_allowed -T "$image" "$url/metrics"

# Too many bytes: said at once where the length is known, and heard by clients that send first.
head -c 3000000 /dev/zero >"$work/big"
refused 413 body_too_large -T "$work/big" "$predict"
refused 413 body_too_large -T "$work/big" -H Expect: "$predict"
refused 413 body_too_large -T - -H Expect: "$predict" <"$work/big"
refused 413 body_too_large -F "a=@$work/big" "$predict"
refused 404 not_found -T - -H Expect: "$url/nope" <"$work/big"
head -c 1048576 /dev/zero >"$work/full"
refused 415 image_type_unsupported -T "$work/full" "$predict"
refused 415 image_type_unsupported -T - "$predict" <"$work/full"
# The same connection serves on after a body that was refused in passing.
head -c 1500000 /dev/zero >"$work/over"
connects=$(curl -sS -o "$work/body" -w '%{http_code} ' -T - -H Expect: "$predict" \
  --next -sS -o "$work/second" -w '%{http_code} %{num_connects}' "$url/healthz" <"$work/over")
[ "$connects" = '413 200 0' ] || bad "a body that is drained leaves the connection usable ($connects)"

# Too much before the body.
refused 414 target_too_long "$url/healthz?$(printf 'x%.0s' {1..9000})"
refused 431 headers_too_large -H "X-Long: $(printf 'x%.0s' {1..40000})" "$url/healthz"
many=()
for i in {1..150}; do many+=(-H "X-$i: y"); done
refused 431 headers_too_large "${many[@]}" "$url/healthz"

stop
finish

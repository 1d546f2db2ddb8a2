# Answers by their description: reads lines of {method, path, status, type, body}, with the description as $api, and
# prints what is not as described. The subset of JSON Schema is what the description uses; another keyword is a fault.
def resolve: if type == "object" and has("$ref") then
  ."$ref" as $ref | ($api | getpath($ref | ltrimstr("#/") | split("/"))) // error("nothing at \($ref)") | resolve else . end;

def known: ["type", "enum", "required", "properties", "additionalProperties", "items", "oneOf", "minimum", "maximum",
  "maxLength", "description", "examples", "default", "contentMediaType"];

def fits($wanted): if $wanted == "integer" then type == "number" and . == floor else type == $wanted end;

def has_below($schema; $value): $schema.minimum != null and $value < $schema.minimum;
def has_above($schema; $value): $schema.maximum != null and $value > $schema.maximum;

def faults($given; $at): . as $value | ($given | resolve) as $schema |
  (($schema | keys) - known | .[] | "\($at): the keyword \(.) is not known to this test"),
  (if $schema.type and ([$schema.type] | flatten | any(. as $wanted | $value | fits($wanted)) | not)
    then "\($at): \($value | tojson) is not \($schema.type)" else empty end),
  (if $schema.enum and ($schema.enum | index([$value]) == null) then "\($at): \($value | tojson) is none of \($schema.enum)"
    else empty end),
  (if ($value | type) == "number" and ((has_below($schema; $value)) or (has_above($schema; $value)))
    then "\($at): \($value) is out of bounds" else empty end),
  (if ($value | type) == "string" and $schema.maxLength and ($value | length) > $schema.maxLength
    then "\($at): too long" else empty end),
  (if $schema.oneOf then [$schema.oneOf[] as $one | [$value | faults($one; $at)]] as $each |
    if [$each[] | select(. == [])] | length == 1 then empty
    else "\($at): fits \([$each[] | select(. == [])] | length) of its forms: \($each | map(.[0]) | tojson)" end else empty end),
  (if ($value | type) == "array" and $schema.items
    then range($value | length) as $i | $value[$i] | faults($schema.items; "\($at)[\($i)]") else empty end),
  (if ($value | type) == "object" and ($schema.properties or $schema.additionalProperties) then
    (($schema.required // []) - ($value | keys) | .[] | "\($at): \(.) is missing"),
    ($value | to_entries[] | .key as $key | .value |
      if $schema.properties[$key]? then faults($schema.properties[$key]; "\($at).\($key)")
      elif $schema.additionalProperties then faults($schema.additionalProperties; "\($at).\($key)")
      else "\($at): \($key) is not described" end) # a client may meet it; here it is forgotten
    else empty end);

. as $answer | "\(.method) \(.path) \(.status)" as $at | $api.paths[.path][.method].responses[.status | tostring] as $found |
if $found == null then "\($at): this status is not described"
else ($found | resolve | .content[$answer.type]) as $content |
  if $content == null then "\($at): \($answer.type) is not described"
  elif $answer.type == "application/json" then $answer.body | faults($content.schema; $at)
  else empty end
end

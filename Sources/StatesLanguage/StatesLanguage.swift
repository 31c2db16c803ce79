// Amazon States Language (https://states-language.net/), JSONPath dialect, as Swift values:
// build, render, parse and validate definitions; evaluate paths, templates, intrinsic functions
// and choice rules. Decides only: nothing here waits, calls or keeps anything.
//
// Not supported: JSONata (refused, see FieldReader.checkQueryLanguage).

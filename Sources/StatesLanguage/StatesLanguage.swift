// Amazon States Language (https://states-language.net/), JSONPath dialect, as Swift values.
//
// Read: StateMachine, State and one file per type of state (build, read, render); then Scope,
// JSONPath, Expression and PayloadTemplate (what definitions refer to); then Evaluation,
// ChoiceEvaluation, WaitEvaluation, MapEvaluation, ErrorMatching (what an engine asks in each
// state); then Validation. Decides only: nothing here waits, calls or keeps anything.
//
// Error names are AWS's. Causes are AWS's words where they were recorded or documented: paths that
// lead nowhere, Choice variables, Wait and Map fields, ItemsPath, data limits. The causes of failed
// intrinsic functions after "had the following error:", of ResultPath mismatches and of
// NoChoiceMatched are our own words.
//
// Not supported: JSONata (refused, see FieldReader.checkQueryLanguage); functions in paths, such as
// `length()`, and regular expressions in filters (refused as invalid paths).

import Pipeline

// Closes a Map: folds its reports and writes the manifests of the next.
StepFunction.seal.serve()

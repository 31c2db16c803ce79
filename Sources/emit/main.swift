import Pipeline

// Works on a task of a stage that sends or writes results.
StepFunction.emit.serve()

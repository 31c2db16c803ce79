import Pipeline

// Works on a task of a stage that joins.
StepFunction.aggregate.serve()

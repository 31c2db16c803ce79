import JSON
import Pipeline
import StatesLanguage

extension Infrastructure {
    /// The generated definition, its `${…}` filled in by CloudFormation. As a string, since a template
    /// may hold no null, which a definition does.
    static let stateMachines = [
        Resource(
            "StateMachine", "AWS::StepFunctions::StateMachine",
            [
                "StateMachineName": Fn.sub(Names.stateMachine), "StateMachineType": "STANDARD",
                "RoleArn": Fn.getAtt("StateMachineRole", "Arn"),
                "DefinitionString": .string(CustomerMessages.stateMachine.json.serialized()),
                "DefinitionSubstitutions": .object(
                    JSONObject(
                        [("WorkBucket", Fn.ref("WorkBucket"))]
                            + LambdaFunction.all.map {
                                (CustomerMessages.placeholder(ofFunction: $0.name), $0.arn)
                            })),
                "LoggingConfiguration": [
                    "Level": "ERROR", "IncludeExecutionData": false,
                    "Destinations": [
                        [
                            "CloudWatchLogsLogGroup": [
                                "LogGroupArn": Fn.getAtt("StateMachineLogGroup", "Arn")
                            ]
                        ]
                    ],
                ],
                "TracingConfiguration": ["Enabled": true],
            ])
    ]
}

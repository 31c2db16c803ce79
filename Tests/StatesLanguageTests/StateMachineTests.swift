import JSON
import StatesLanguage
import Testing

struct StateMachineTests {
    /// Every type of state, written as the jobs write theirs.
    static let everyType = StateMachine(
        comment: "Every type of state", startAt: "Each", timeoutSeconds: 3600,
        states: [
            State("Done", .succeed),
            State(
                "Seal",
                .task(
                    Task(
                        resource: .lambdaInvoke,
                        parameters: [
                            "FunctionName": "${SealFunctionArn}",
                            "Payload": ["action": "seal", "fileSet.$": "$.fileSet"],
                        ], timeoutSeconds: 900, heartbeatSeconds: .path("$.beat"),
                        resultSelector: ["sealed.$": "$.Payload"],
                        retry: [
                            Retrier(
                                errorEquals: ["Lambda.ServiceException"], maxDelaySeconds: 60,
                                jitterStrategy: .full)
                        ],
                        catch: [
                            Catcher(
                                errorEquals: ["States.ALL"], next: "Broken", resultPath: "$.error")
                        ])), resultPath: "$.seal", next: "Sealed?"),
            State(
                "Sealed?",
                .choice(
                    Choice(
                        [
                            ChoiceRule(
                                .and([
                                    .isPresent("$.seal"),
                                    .not(.test("$.seal.misread", .numericGreaterThan, 0)),
                                ]), next: "Done"),
                            ChoiceRule(.test("$.a", .stringEquals, path: "$.b"), next: "Pause"),
                        ], default: "Broken"))),
            State("Pause", .wait(.seconds(5)), next: "Both"),
            State("Broken", .fail(Fail(error: "Sluice.Broken", cause: .path("$.error.Cause")))),
            State(
                "Both",
                .parallel(
                    Parallel(branches: [
                        StateMachine(states: [State("Left", .pass(Pass(result: [1])), end: true)]),
                        StateMachine(states: [State("Right", .succeed)]),
                    ])), resultPath: .discard, next: "Done"),
            State(
                "Each",
                .map(
                    Map(
                        itemProcessor: ItemProcessor(
                            executionType: .standard,
                            states: [
                                State("One", .pass(Pass(parameters: ["x.$": "$"])), end: true)
                            ]),
                        itemReader: ItemReader(
                            parameters: ["Bucket": "b", "Key.$": "$.key"], inputType: .json),
                        itemSelector: ["item.$": "$$.Map.Item.Value"],
                        resultWriter: ResultWriter(parameters: ["Bucket": "b", "Prefix": "p"]),
                        maxConcurrency: 40, toleratedFailurePercentage: 10, label: "Each")),
                next: "Seal"),
        ])

    /// Breadth-first from Each, Retry's numbers written out, a percentage with its fraction.
    static let rendered = """
        {
          "Comment": "Every type of state",
          "StartAt": "Each",
          "TimeoutSeconds": 3600,
          "States": {
            "Each": {
              "Type": "Map",
              "Label": "Each",
              "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {
                  "InputType": "JSON"
                },
                "Parameters": {
                  "Bucket": "b",
                  "Key.$": "$.key"
                }
              },
              "ItemSelector": {
                "item.$": "$$.Map.Item.Value"
              },
              "MaxConcurrency": 40,
              "ToleratedFailurePercentage": 10.0,
              "ItemProcessor": {
                "ProcessorConfig": {
                  "Mode": "DISTRIBUTED",
                  "ExecutionType": "STANDARD"
                },
                "StartAt": "One",
                "States": {
                  "One": {
                    "Type": "Pass",
                    "Parameters": {
                      "x.$": "$"
                    },
                    "End": true
                  }
                }
              },
              "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {
                  "Bucket": "b",
                  "Prefix": "p"
                }
              },
              "Next": "Seal"
            },
            "Seal": {
              "Type": "Task",
              "Resource": "arn:aws:states:::lambda:invoke",
              "Parameters": {
                "FunctionName": "${SealFunctionArn}",
                "Payload": {
                  "action": "seal",
                  "fileSet.$": "$.fileSet"
                }
              },
              "TimeoutSeconds": 900,
              "HeartbeatSecondsPath": "$.beat",
              "ResultSelector": {
                "sealed.$": "$.Payload"
              },
              "ResultPath": "$.seal",
              "Retry": [
                {
                  "ErrorEquals": [
                    "Lambda.ServiceException"
                  ],
                  "IntervalSeconds": 1,
                  "MaxAttempts": 3,
                  "BackoffRate": 2,
                  "MaxDelaySeconds": 60,
                  "JitterStrategy": "FULL"
                }
              ],
              "Catch": [
                {
                  "ErrorEquals": [
                    "States.ALL"
                  ],
                  "ResultPath": "$.error",
                  "Next": "Broken"
                }
              ],
              "Next": "Sealed?"
            },
            "Sealed?": {
              "Type": "Choice",
              "Choices": [
                {
                  "And": [
                    {
                      "Variable": "$.seal",
                      "IsPresent": true
                    },
                    {
                      "Not": {
                        "Variable": "$.seal.misread",
                        "NumericGreaterThan": 0
                      }
                    }
                  ],
                  "Next": "Done"
                },
                {
                  "Variable": "$.a",
                  "StringEqualsPath": "$.b",
                  "Next": "Pause"
                }
              ],
              "Default": "Broken"
            },
            "Broken": {
              "Type": "Fail",
              "Error": "Sluice.Broken",
              "CausePath": "$.error.Cause"
            },
            "Done": {
              "Type": "Succeed"
            },
            "Pause": {
              "Type": "Wait",
              "Seconds": 5,
              "Next": "Both"
            },
            "Both": {
              "Type": "Parallel",
              "Branches": [
                {
                  "StartAt": "Left",
                  "States": {
                    "Left": {
                      "Type": "Pass",
                      "Result": [
                        1
                      ],
                      "End": true
                    }
                  }
                },
                {
                  "StartAt": "Right",
                  "States": {
                    "Right": {
                      "Type": "Succeed"
                    }
                  }
                }
              ],
              "ResultPath": null,
              "Next": "Done"
            }
          }
        }
        """

    @Test func `a machine of every type of state is rendered breadth-first`() {
        #expect(Self.everyType.json.serialized(pretty: true) == Self.rendered)
        #expect(Self.everyType.validate() == [])
    }

    @Test func `a rendered machine reads back as the same value`() throws {
        let read = try StateMachine(parsing: Self.rendered)
        var written = Self.everyType
        written.states = written.statesBreadthFirst
        #expect(read == written)
    }

    @Test func `legacy Map fields are read and rendered under today's names`() throws {
        let machine = try StateMachine(
            json: [
                "StartAt": "M",
                "States": [
                    "M": [
                        "Type": "Map", "Parameters": ["v.$": "$$.Map.Item.Value"],
                        "Iterator": [
                            "StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]],
                        ], "End": true,
                    ]
                ],
            ])
        let map = try #require(machine.json["States"]?["M"])
        #expect(map["ItemSelector"] == ["v.$": "$$.Map.Item.Value"])
        #expect(map["ItemProcessor"]?["StartAt"] == "P")
        #expect(map["Iterator"] == nil)
    }

    @Test(arguments: [
        (
            Resource.lambdaInvoke,
            Resource.Target.service("lambda", action: "invoke", .requestResponse)
        ),
        (
            Resource.lambdaInvoke.waitForTaskToken,
            .service("lambda", action: "invoke", .waitForTaskToken)
        ),
        (
            Resource.startExecution.syncJSON,
            .service("states", action: "startExecution", .syncJSON)
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb:query",
            .service("aws-sdk:dynamodb", action: "query", .requestResponse)
        ),
        (
            "arn:aws:lambda:eu-west-1:1:function:f",
            .function("arn:aws:lambda:eu-west-1:1:function:f", .requestResponse)
        ),
        (
            "arn:aws:lambda:eu-west-1:1:function:f:live.waitForTaskToken",
            .function("arn:aws:lambda:eu-west-1:1:function:f:live", .waitForTaskToken)
        ),
        (
            "arn:aws:states:eu-west-1:1:activity:a",
            .activity("arn:aws:states:eu-west-1:1:activity:a")
        ),
        ("${Arn}", .unknown), ("arn:aws:states:::", .unknown),
    ])
    func `a resource says what it calls and how`(resource: Resource, target: Resource.Target) {
        #expect(resource.target == target)
    }
}

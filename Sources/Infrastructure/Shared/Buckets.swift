import JSON

extension Infrastructure {
    /// Where partners drop files, and where runs keep what they work on.
    static let buckets = [
        bucket(
            "DropBucket", "drop",
            // S3 tries the permission when the notification is set.
            dependsOn: ["ArriveFromDropBucket"],
            lifecycle: [replacedVersionsGo],
            [
                "NotificationConfiguration": [
                    "LambdaConfigurations": [
                        [
                            "Event": "s3:ObjectCreated:*",
                            "Function": Fn.getAtt("ArriveFunction", "Arn"),
                        ]
                    ]
                ]
            ]),
        bucketPolicy("DropBucket"),
        bucket(
            "WorkBucket", "work",
            lifecycle: [
                rule(
                    "old-runs",
                    [
                        "ExpirationInDays": Fn.ref("WorkRetentionDays"),
                        "NoncurrentVersionExpiration": ["NoncurrentDays": 1],
                    ])
            ]),
        bucketPolicy("WorkBucket"),
    ]

    /// Versions that newer ones have replaced go after the days of a parameter.
    static let replacedVersionsGo = rule(
        "replaced-versions",
        [
            "NoncurrentVersionExpiration": ["NoncurrentDays": Fn.ref("NoncurrentVersionDays")],
            "ExpiredObjectDeleteMarker": true,
        ])

    /// A bucket that is encrypted, private and versioned, and gives up unfinished uploads after a week.
    static func bucket(
        _ logicalID: String, _ name: String, condition: String? = nil, dependsOn: [String] = [],
        lifecycle: [JSON], _ more: JSONObject = [:]
    ) -> Resource {
        let unfinished = rule(
            "unfinished-uploads", ["AbortIncompleteMultipartUpload": ["DaysAfterInitiation": 7]])
        var properties: JSONObject = [
            "BucketName": Names.bucket(name),
            "BucketEncryption": [
                "ServerSideEncryptionConfiguration": [
                    [
                        "BucketKeyEnabled": true,
                        "ServerSideEncryptionByDefault": [
                            "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": keyARN,
                        ],
                    ]
                ]
            ],
            "VersioningConfiguration": ["Status": "Enabled"],
            "OwnershipControls": ["Rules": [["ObjectOwnership": "BucketOwnerEnforced"]]],
            "PublicAccessBlockConfiguration": [
                "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true,
                "RestrictPublicBuckets": true,
            ],
            "LifecycleConfiguration": ["Rules": .array(lifecycle + [unfinished])],
        ]
        for (name, value) in more { properties[name] = value }
        return Resource(
            logicalID, "AWS::S3::Bucket", condition: condition, dependsOn: dependsOn,
            deletionPolicy: .retain,
            skips: [
                CheckovSkip(
                    "CKV_AWS_18",
                    "Who reads and writes objects is recorded by the account's CloudTrail data "
                        + "events; access logs would need a third bucket that is not encrypted "
                        + "with the key.")
            ], properties)
    }

    private static func rule(_ id: String, _ actions: JSONObject) -> JSON {
        var rule: JSONObject = ["Id": .string(id), "Status": "Enabled"]
        for (name, value) in actions { rule[name] = value }
        return .object(rule)
    }

    static func bucketPolicy(_ bucket: String, condition: String? = nil) -> Resource {
        Resource(
            "\(bucket)Policy", "AWS::S3::BucketPolicy", condition: condition,
            [
                "Bucket": Fn.ref(bucket),
                "PolicyDocument": PolicyStatement.document([
                    .onlyTLS("s3:*", on: [Fn.getAtt(bucket, "Arn"), Fn.sub("${\(bucket).Arn}/*")])
                ]),
            ])
    }
}

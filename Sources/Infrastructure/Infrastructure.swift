import JSON

/// The AWS deployment of customer-messages, as values. `sluice synth` writes it to `infra/template.json`.
///
/// One stack of it is one installation: a drop bucket, a queue, and what is between them. Names of buckets
/// start with the stack's, so that has lower-case letters, digits and hyphens only, at most 30.
///
/// Not supported: several queues, cross-region replication, a customer-managed key from outside.
public enum Infrastructure {
    public static let template = Template(
        description: "Sluice: customer-messages. Three CSV files in, one message a customer out.",
        parameters: parameters, mappings: mappings, conditions: conditions,
        resources: encryption + buckets + queues + tables + logGroups + roles + functions
            + stateMachines + events + alarms + [dashboard],
        outputs: outputs)

    /// Whether a stack may be called so.
    public static func isStackName(_ name: String) -> Bool {
        1...maximumStackNameCharacters ~= name.utf8.count
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
            && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(name.utf8.first ?? 0)
    }

    public static let maximumStackNameCharacters = 30
}

public import JSON

/// CloudFormation's intrinsic functions, as the JSON that stands for them in a template.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
public enum Fn {
    /// A parameter's value, or what a resource is called.
    public static func ref(_ name: String) -> JSON { ["Ref": .string(name)] }

    public static func getAtt(_ resource: String, _ attribute: String) -> JSON {
        ["Fn::GetAtt": [.string(resource), .string(attribute)]]
    }

    /// The text with each `${Name}` replaced: by a resource, a parameter, or one of the values given.
    public static func sub(_ text: String, _ values: JSONObject = [:]) -> JSON {
        values.isEmpty
            ? ["Fn::Sub": .string(text)] : ["Fn::Sub": [.string(text), .object(values)]]
    }

    public static func `if`(_ condition: String, _ then: JSON, _ otherwise: JSON) -> JSON {
        ["Fn::If": [.string(condition), then, otherwise]]
    }

    /// The value under that condition; without it the property, or the element, is not there.
    public static func when(_ condition: String, _ value: JSON) -> JSON {
        `if`(condition, value, ref("AWS::NoValue"))
    }

    public static func equals(_ a: JSON, _ b: JSON) -> JSON { ["Fn::Equals": [a, b]] }
    public static func not(_ condition: JSON) -> JSON { ["Fn::Not": [condition]] }
    public static func join(_ separator: String, _ list: JSON) -> JSON {
        ["Fn::Join": [.string(separator), list]]
    }
    public static func select(_ index: Int, _ list: JSON) -> JSON {
        ["Fn::Select": [JSON(index), list]]
    }
    public static func split(_ separator: String, _ text: JSON) -> JSON {
        ["Fn::Split": [.string(separator), text]]
    }
    public static func findInMap(_ map: String, _ key: JSON, _ name: String) -> JSON {
        ["Fn::FindInMap": [.string(map), key, .string(name)]]
    }
}

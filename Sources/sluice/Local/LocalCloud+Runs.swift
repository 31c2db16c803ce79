import JSON
import Pipeline

extension LocalCloud {
    /// The number of the set's newest run, as `arrive` keeps it.
    func currentRun(of fileSet: String) throws -> Int {
        let found = try table(
            "GetItem",
            [
                "Key": [
                    "pk": ["S": JSON("\(CustomerMessages.name)#\(fileSet)")], "sk": ["S": "run"],
                ]
            ])
        guard let number = found["Item"]?["number"]?["N"]?.string.flatMap({ Int($0) }) else {
            throw CommandError(.internalError, "arrive has started no run of \(fileSet)")
        }
        return number
    }
}

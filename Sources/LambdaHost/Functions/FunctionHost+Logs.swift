public import Engine

extension FunctionHost {
    /// `EXECUTION/STATE`, the execution by its name.
    ///
    /// An execution that a Distributed Map started goes under the Map's label, all of them in one file a
    /// state: thousands of directories would serve nobody.
    public static func logName(_ invocation: LambdaInvocation) -> String {
        // arn:aws:states:REGION:ACCOUNT:execution:MACHINE[/LABEL]:NAME
        let fields = invocation.executionARN.split(separator: ":").map(String.init)
        guard fields.count >= 8 else { return fileName(invocation.functionName) }
        let machine = fields[6].split(separator: "/").map(String.init)
        let directory = machine.count > 1 ? machine[1] : fields[7]
        return fileName(directory) + "/" + fileName(invocation.stateName)
    }

    func logPath(_ name: String) -> String { "\(settings.logDirectory)/\(name).log" }

    /// The text as one component of a path: no separators, no leading dot, at most 200 bytes.
    public static func fileName(_ text: String) -> String {
        var bytes = text.utf8.prefix(200).map { byte in
            byte == UInt8(ascii: "/") || byte < 0x20 ? UInt8(ascii: "_") : byte
        }
        if bytes.isEmpty || bytes[0] == UInt8(ascii: ".") { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

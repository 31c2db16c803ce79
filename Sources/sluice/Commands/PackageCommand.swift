import LocalCloud
import System

extension Command {
    static let executablesFlag = Flag(
        name: "--executables", value: "DIR",
        help: "where the static executables are (unless given: lambda/ beside sluice)")

    static let package = Command(
        name: "package", operands: "", operandCount: 0...0,
        summary: "pack each function as AWS Lambda takes it",
        discussion: """
            Writes NAME.zip for each function, with the static executable in it as `bootstrap`. The same
            executables always give the same bytes. `make static` builds them for this machine's
            processor; the README says how it is done for arm64.
            """,
        flags: [
            Flag(
                name: "--out", value: "DIR",
                help: "where to write (unless given: .build/packages in the working directory)"),
            Flag(
                name: "--arch", value: "ARCH",
                help: "x86_64 or arm64: fail when the executables are for another"),
            executablesFlag,
        ],
        run: { arguments in
            let directory = arguments.value("--out") ?? ".build/packages"
            let made = try LambdaPackage.all(
                from: try executables(arguments), wanted: try architecture(arguments))
            try FileSystem.makeDirectory(directory)
            for package in made.packages {
                let path = "\(directory)/\(package.name).zip"
                let bytes = try package.packed()
                try bytes.withUnsafeBytes { try FileSystem.replace(path, with: $0) }
                Terminal.standardOutput("\(path) \(bytes.count)\n")
            }
            return .success
        })

    /// The directory that the flag names, else the one of the static executables.
    static func executables(_ arguments: Arguments) throws -> String {
        try arguments.value("--executables") ?? LocalFunctions.ownDirectory() + "/lambda"
    }

    private static func architecture(
        _ arguments: Arguments
    ) throws -> LambdaExecutable.Architecture? {
        guard let text = arguments.value("--arch") else { return nil }
        guard let architecture = LambdaExecutable.Architecture(rawValue: text) else {
            throw CommandError.usage("--arch must be x86_64 or arm64, not '\(text)'")
        }
        return architecture
    }
}

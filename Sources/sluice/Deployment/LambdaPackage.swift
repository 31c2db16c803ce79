import Pipeline
import System

/// A function's package, as Lambda takes it.
struct LambdaPackage {
    /// Lambda takes 50 MB; so much is a sign that something went wrong in the build.
    static let limitBytes = 6_000_000

    var function: StepFunction
    var executable: [UInt8]

    var name: String { function.rawValue }

    /// The zip file, always the same for the same executable.
    func packed() throws -> [UInt8] {
        let package = try ZipArchive.containing(executable: executable, named: "bootstrap")
        guard package.count < Self.limitBytes else {
            throw CommandError(
                .failure,
                "\(name): the package has \(package.count) bytes; it must have less than "
                    + "\(Self.limitBytes): was it built with make static?")
        }
        return package
    }

    /// Each function's package.
    /// - Parameter directory: where they are, under the functions' names.
    /// - Returns: the packages, and what they run on.
    static func all(
        from directory: String, wanted: LambdaExecutable.Architecture?
    ) throws -> (packages: [LambdaPackage], architecture: LambdaExecutable.Architecture) {
        var packages: [LambdaPackage] = []
        var architecture = wanted
        for function in StepFunction.allCases {
            let path = "\(directory)/\(function.rawValue)"
            guard try FileStatus(of: path)?.isRegularFile == true else {
                throw CommandError(
                    .unavailable, "\(path): there is no such executable; run: make static")
            }
            let bytes = try FileSystem.contents(of: path)
            guard let executable = LambdaExecutable(bytes) else {
                throw CommandError(.noInput, "\(path): no executable for Linux on x86_64 or arm64")
            }
            guard executable.isStatic else {
                throw CommandError(
                    .noInput, "\(path): wants libraries that Lambda lacks; run: make static")
            }
            guard executable.architecture == architecture ?? executable.architecture else {
                throw CommandError(
                    .noInput,
                    "\(path): built for \(executable.architecture.rawValue), not for "
                        + "\((architecture ?? .x86).rawValue)")
            }
            architecture = executable.architecture
            packages.append(LambdaPackage(function: function, executable: bytes))
        }
        return (packages, architecture ?? .x86)
    }
}

import AWSClient
import Infrastructure
import Pipeline

extension Command {
    static let deploy = Command(
        name: "deploy", operands: "STACK", operandCount: 1...1,
        summary: "create, update or delete the stack on AWS",
        discussion: """
            Packs the functions, uploads what the code bucket does not have yet, and has CloudFormation
            create or update STACK from the template (infra/template.json). Shows what it does, and of a
            failure why. Prints the stack's outputs: where to drop files, where messages are.

            A parameter that is not given keeps its value, or has the template's default. Credentials
            and region come from where AWS's own tools take them (AWS_PROFILE, AWS_REGION and so on).

            --delete stops the executions that are running, and leaves the buckets, the tables and the
            key as they are, and names them.
            """,
        flags: [
            Flag(
                name: "--code-bucket", value: "BUCKET",
                help: "for packages and template; made when it is missing (needed once)"),
            Flag(
                name: "--parameter", value: "NAME=VALUE", help: "a parameter of the template",
                isRepeatable: true),
            Flag(name: "--update-code", help: "only replace the functions' code, at once"),
            Flag(name: "--delete", help: "delete the stack"),
            executablesFlag,
        ],
        run: { arguments in
            let name = arguments.operands[0]
            guard Infrastructure.isStackName(name) else {
                throw CommandError.usage(
                    "a stack is called by lower-case letters, digits and hyphens, a letter first, at most "
                        + "\(Infrastructure.maximumStackNameCharacters), without '-table': not "
                        + "'\(name)'")
            }
            guard !arguments.has("--delete") || !arguments.has("--update-code") else {
                throw CommandError.usage("--delete and --update-code do not go together")
            }
            let given = try parameters(arguments)
            guard given.isEmpty || !arguments.has("--delete") && !arguments.has("--update-code")
            else {
                throw CommandError.usage(
                    "--parameter goes neither with --delete nor with --update-code")
            }
            let deployment = Deployment(stack: name, AWSClient())
            do {
                if arguments.has("--delete") { return try deployment.delete() }
                let made = try LambdaPackage.all(from: try executables(arguments), wanted: nil)
                let bucket = arguments.value("--code-bucket")
                if arguments.has("--update-code") {
                    return try deployment.updateCode(made.packages, codeBucket: bucket)
                }
                return try deployment.deploy(
                    made.packages, made.architecture, codeBucket: bucket,
                    parameters: given)
            } catch let error as AWSError {
                throw CommandError(.unavailable, error.description)
            }
        })

    /// What deploy sets itself, from its other flags.
    private static let ownParameters = Set(
        ["CodeBucket", "FunctionArchitecture"] + StepFunction.allCases.map(\.codeKeyParameter))

    private static func parameters(_ arguments: Arguments) throws -> [String: String] {
        let known = Set(Infrastructure.template.parameters.map(\.name))
            .subtracting(ownParameters)
        var parameters: [String: String] = [:]
        for text in arguments.values("--parameter") {
            guard let equals = text.firstIndex(of: "=") else {
                throw CommandError.usage("--parameter wants NAME=VALUE, not '\(text)'")
            }
            let name = String(text[..<equals])
            guard !ownParameters.contains(name) else {
                throw CommandError.usage(
                    "\(name) follows from --code-bucket and --executables; it cannot be given")
            }
            guard parameters[name] == nil else {
                throw CommandError.usage("--parameter \(name) is given twice")
            }
            guard known.contains(name) else {
                throw CommandError.usage(
                    "the template has no parameter '\(name)'; it has "
                        + known.sorted().joined(separator: ", "))
            }
            parameters[name] = String(text[text.index(after: equals)...])
        }
        return parameters
    }
}

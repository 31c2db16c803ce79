import AWSClient
import Infrastructure
import JSON
import Pipeline

/// One stack and what is done to it.
struct Deployment {
    let stack: String
    let cloudFormation: CloudFormation
    let lambda: Lambda
    let s3: S3
    let stepFunctions: StepFunctions

    init(stack: String, _ client: AWSClient) {
        self.stack = stack
        cloudFormation = CloudFormation(client)
        lambda = Lambda(client)
        s3 = S3(client)
        stepFunctions = StepFunctions(client)
    }

    /// Creates the stack, or updates it.
    func deploy(
        _ packages: [LambdaPackage], _ architecture: LambdaExecutable.Architecture,
        codeBucket: String?, parameters: [String: String]
    ) throws -> ExitCode {
        let present = try cloudFormation.describeStack(name: stack)
        try checkMayChange(present)
        try checkNetwork(parameters, present)
        let bucket = CodeBucket(try bucketName(codeBucket, present), s3)
        var values = parameters
        values["CodeBucket"] = bucket.name
        values["FunctionArchitecture"] = architecture.rawValue
        for package in packages {
            values[package.function.codeKeyParameter] = try bucket.upload(package)
        }
        let template = Array(Infrastructure.template.json.serialized().utf8)
        let url = try bucket.upload(template: template)
        // What is not named keeps the value it has; a parameter that is new has its default.
        let list = Infrastructure.template.parameters.compactMap {
            parameter -> (name: String, value: String?)? in
            if let value = values[parameter.name] { return (parameter.name, value) }
            return present?.parameters[parameter.name] == nil ? nil : (parameter.name, nil)
        }
        if let present {
            let follower = StackFollower(cloudFormation, stack, id: present.id)
            let last = try follower.lastEventID()
            let isUpdated =
                try cloudFormation.updateStack(name: stack, templateURL: url, parameters: list)
                != nil
            let now =
                isUpdated
                ? try follower.follow(after: last, to: StackFollower.updated) : present
            // The stack does not know what --update-code has put there.
            let isReplaced = try replaceCode(packages, bucket)
            if !isUpdated, !isReplaced {
                Terminal.standardError("\(stack) is as wanted; nothing to update\n")
            }
            return printOutputs(of: now)
        }
        let id = try cloudFormation.createStack(name: stack, templateURL: url, parameters: list)
        let made = try StackFollower(cloudFormation, stack, id: id)
            .follow(after: nil, to: StackFollower.created)
        return printOutputs(of: made)
    }

    /// Replaces the code of the functions whose code is another.
    func updateCode(_ packages: [LambdaPackage], codeBucket: String?) throws -> ExitCode {
        guard let present = try cloudFormation.describeStack(name: stack) else {
            throw CommandError(.unavailable, "there is no stack \(stack)")
        }
        try checkMayChange(present)
        let bucket = CodeBucket(try bucketName(codeBucket, present), s3)
        if try !replaceCode(packages, bucket) {
            Terminal.standardError("\(stack) has this code already\n")
        }
        return .success
    }

    /// - Returns: whether any function had other code.
    private func replaceCode(_ packages: [LambdaPackage], _ bucket: CodeBucket) throws -> Bool {
        var isAny = false
        for package in packages {
            let name = package.function.nameInStack(stack)
            let wanted = Lambda.codeSHA256(of: try package.packed()).base64
            let now = try lambda.getFunctionConfiguration(function: name)
            if now["CodeSha256"]?.string == wanted { continue }
            isAny = true
            let key = try bucket.upload(package)
            var state = try lambda.updateFunctionCode(
                function: name, bucket: bucket.name, key: key)
            var pause = Pause()
            while state["LastUpdateStatus"]?.string == "InProgress" {
                pause.wait()
                state = try lambda.getFunctionConfiguration(function: name)
            }
            guard state["LastUpdateStatus"]?.string != "Failed",
                state["CodeSha256"]?.string == wanted
            else {
                let reason = state["LastUpdateStatusReason"]?.string ?? "it has other code"
                throw CommandError(.failure, "\(name) was not updated: \(reason)")
            }
            Terminal.standardError("\(name) is updated\n")
        }
        return isAny
    }

    /// Stops what runs and deletes the stack.
    func delete() throws -> ExitCode {
        guard let present = try cloudFormation.describeStack(name: stack) else {
            Terminal.standardError("there is no stack \(stack)\n")
            return .success
        }
        let stateMachines = Infrastructure.stateMachineOutputs.compactMap { present.outputs[$0] }
        try RunningExecutions(stateMachineARNs: stateMachines, stepFunctions).stop()
        let follower = StackFollower(cloudFormation, stack, id: present.id)
        let last = try follower.lastEventID()
        try cloudFormation.deleteStack(name: stack)
        _ = try follower.follow(after: last, to: StackFollower.deleted)
        let kept = Infrastructure.template.outputs.filter(\.isKept)
            .compactMap { output in present.outputs[output.name].map { "  \($0)\n" } }
        if !kept.isEmpty {
            Terminal.standardError("still there, with all that is in it:\n" + kept.joined())
        }
        return .success
    }

    private func checkMayChange(_ present: CloudFormation.Stack?) throws {
        guard let present else { return }
        if present.status == "ROLLBACK_COMPLETE" {
            throw CommandError(
                .unavailable,
                "the creation of \(stack) failed; first: sluice deploy \(stack) --delete")
        }
        if present.status.hasSuffix("_IN_PROGRESS") {
            throw CommandError(.unavailable, "\(stack) is being changed: \(present.status)")
        }
    }

    /// Functions in a VPC want both; one alone would be refused late, or not heeded.
    private func checkNetwork(
        _ parameters: [String: String], _ present: CloudFormation.Stack?
    ) throws {
        let isNamed = ["SubnetIds", "SecurityGroupIds"].map { name in
            !(parameters[name] ?? present?.parameters[name] ?? "").isEmpty
        }
        if isNamed[0] != isNamed[1] {
            throw CommandError.usage("SubnetIds and SecurityGroupIds go together, for a VPC")
        }
    }

    private func bucketName(
        _ given: String?, _ present: CloudFormation.Stack?
    ) throws -> String {
        guard let name = given ?? present?.parameters["CodeBucket"] else {
            throw CommandError.usage("\(stack) is new: --code-bucket must say where the code goes")
        }
        return name
    }

    private func printOutputs(of stack: CloudFormation.Stack?) -> ExitCode {
        for output in Infrastructure.template.outputs {
            if let value = stack?.outputs[output.name] {
                Terminal.standardOutput("\(output.name) \(value)\n")
            }
        }
        return .success
    }
}

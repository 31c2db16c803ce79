import JSON
import Pipeline

extension JobOption {
    /// Of a flag: the template's condition that it is on.
    var isOnCondition: String { "\(parameter)IsOn" }

    /// - Parameter group: under which heading the console shows it.
    func templateParameter(_ group: String) -> Parameter {
        let text = help.prefix(1).uppercased() + help.dropFirst() + "."
        switch kind {
        case .flag:
            return .choice(
                parameter, group, text, defaultValue.isEmpty ? "false" : defaultValue,
                ["false", "true"])
        case .choice(let values):
            return .choice(parameter, group, text, defaultValue, values)
        case .text:
            return Parameter(
                name: parameter, group: group, description: text,
                defaultValue: .string(defaultValue),
                // Together the variables of a function may have 4 KB:
                // <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
                constraints: ["MaxLength": 512])
        }
    }

    /// What the functions' variable holds.
    var variable: JSON {
        kind == .flag ? Fn.when(isOnCondition, "true") : Fn.ref(parameter)
    }
}

extension Infrastructure {
    /// The options of all jobs, each once, with the job that declares it first.
    var options: [(job: JobStack, option: JobOption)] {
        var known: Set<String> = []
        return jobs.flatMap { job in job.job.allOptions.map { (job: job, option: $0) } }
            .filter { known.insert($0.option.parameter).inserted }
    }

    /// Whether anything needs to know that the flag is on: its variable, to begin with.
    var optionConditions: [(String, JSON)] {
        options.map(\.option).filter { $0.kind == .flag }
            .map { ($0.isOnCondition, Fn.equals(Fn.ref($0.parameter), "true")) }
    }

    /// What is set of the options, for all functions alike: a job decides itself which step looks.
    var optionVariables: [(String, JSON)] {
        options.map { ($0.option.environment, $0.option.variable) }
    }
}

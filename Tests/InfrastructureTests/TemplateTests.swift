import Infrastructure
import JSON
import Pipeline
import StatesLanguage
import Testing

/// What holds for the template as a whole.
struct TemplateTests {

    @Test(arguments: Deployed.allCases)
    func `whatever is referred to is there`(_ deployed: Deployed) {
        let graph = deployed.graph
        let known = graph.names("Resources").union(graph.names("Parameters")).union([
            "AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackId",
            "AWS::StackName", "AWS::URLSuffix",
        ])
        for section in ["Conditions", "Resources", "Outputs"] {
            let names = TemplateGraph.references(in: graph.template[section] ?? .null)
            #expect(names.subtracting(known) == [])
        }
        for (name, resource) in graph.resources {
            for dependency in resource["DependsOn"]?.array ?? [] {
                #expect(graph.resources[dependency.string ?? ""] != nil, "\(name)")
            }
            let conditions =
                TemplateGraph.conditions(in: resource["Properties"] ?? .null).union(
                    [resource["Condition"]?.string].compactMap(\.self)
                ).filter { graph.resources[$0] == nil }
            #expect(conditions.subtracting(graph.names("Conditions")) == [], "\(name)")
        }
    }

    @Test(arguments: Deployed.allCases)
    func `every parameter, condition and mapping is used`(_ deployed: Deployed) {
        let graph = deployed.graph
        let used = TemplateGraph.references(in: graph.template["Resources"] ?? .null)
            .union(TemplateGraph.references(in: graph.template["Conditions"] ?? .null))
        #expect(graph.names("Parameters").subtracting(used) == [])
        let conditions = TemplateGraph.conditions(in: graph.template["Resources"] ?? .null)
        #expect(graph.names("Conditions").subtracting(conditions) == [])
    }

    @Test(arguments: Deployed.allCases)
    func `no resources wait for each other in a circle`(_ deployed: Deployed) {
        let graph = deployed.graph
        #expect(graph.circle() == nil)
        // Broken by hand, it is found.
        var resources = graph.resources
        var key = resources["Key"]?.object ?? [:]
        key["DependsOn"] = .array(
            graph.resources(of: "AWS::StepFunctions::StateMachine").map { .string($0.name) })
        resources["Key"] = .object(key)
        #expect(TemplateGraph(["Resources": .object(resources)]).circle() != nil)
    }

    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
    @Test(arguments: Deployed.allCases)
    func `the template stays within CloudFormation's limits`(_ deployed: Deployed) {
        let template = deployed.template
        #expect(template.json.serialized().utf8.count < Template.maximumBytes)
        #expect(template.resources.count <= 500)
        #expect(template.parameters.count <= 200)
        #expect(template.outputs.count <= 200)
        for parameter in template.parameters {
            #expect(parameter.description.utf8.count <= 4000)
            #expect(!parameter.description.isEmpty)
        }
        let names =
            template.resources.map(\.logicalID) + template.parameters.map(\.name)
            + template.outputs.map(\.name)
        for name in names {
            #expect(
                (1...255).contains(name.utf8.count)
                    && name.utf8.allSatisfy {
                        switch $0 {
                        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                        default: false
                        }
                    }, "\(name)")
        }
        #expect(
            Set(template.resources.map(\.logicalID)).count == template.resources.count,
            "a logical id is there twice")
    }

    @Test(arguments: Deployed.allCases)
    func `a template may hold no null`(_ deployed: Deployed) {
        let graph = deployed.graph
        var nulls = 0
        TemplateGraph.forEach(in: graph.template) { if $0.isNull { nulls += 1 } }
        #expect(nulls == 0)
    }

    @Test(arguments: Deployed.allCases)
    func `every definition is given all that it leaves open`(_ deployed: Deployed) throws {
        let machines = deployed.graph.resources(of: "AWS::StepFunctions::StateMachine")
        #expect(machines.count == deployed.jobs.count)
        for (name, machine) in machines {
            let text = try #require(machine["DefinitionString"]?.string)
            let substitutions = machine["DefinitionSubstitutions"]?.object ?? [:]
            #expect(
                TemplateGraph.placeholders(in: text) == Set(substitutions.names), "\(name)")
            #expect(machine["LoggingConfiguration"]?["Level"] == "ERROR")
            #expect(machine["TracingConfiguration"]?["Enabled"] == true)
        }
    }

    /// CloudFormation puts numbers and texts into the same string.
    @Test(arguments: Deployed.allCases)
    func `a filled in definition is the job's, but for how many children run at a time`(
        _ deployed: Deployed
    ) throws {
        func concurrency(_ json: JSON) -> [JSON] {
            var found: [JSON] = []
            TemplateGraph.forEach(in: json) {
                if let value = $0["MaxConcurrency"] { found.append(value) }
            }
            return found
        }
        for job in deployed.jobs {
            let id = IsolationTests.logicalName(job) + "StateMachine"
            let machine = deployed.graph.resources[id]?["Properties"]
            let text = try #require(machine?["DefinitionString"]?.string)
            let filled = try JSON(parsing: text.replacing("${MapConcurrency}", with: "7"))
            let own = StateMachine.of(job).json
            #expect(!concurrency(own).isEmpty)
            #expect(concurrency(filled) == concurrency(own).map { _ in 7 }, "\(id)")
            let back = text.replacing(
                "${MapConcurrency}", with: concurrency(own)[0].number?.text ?? "")
            #expect(try JSON(parsing: back) == own, "\(id)")
        }
    }

    @Test(arguments: [
        ("sluice", true), ("a", true), ("s3-2", true), (String(repeating: "a", count: 30), true),
        ("", false), ("Sluice", false), ("1sluice", false), ("-a", false), ("a_b", false),
        ("a.b", false), ("a-table", false), ("a-table-b", false), ("a-tables", true),
        (String(repeating: "a", count: 31), false), ("ä", false),
    ])
    func `a stack's name goes into those of buckets`(_ name: String, _ isGood: Bool) {
        #expect(Infrastructure.isStackName(name) == isGood)
    }

    /// Each service's own limit, for the longest stack's name.
    @Test(arguments: Deployed.allCases)
    func `names made of the stack's are not too long`(_ deployed: Deployed) {
        let graph = deployed.graph
        let stack = String(repeating: "s", count: Infrastructure.maximumStackNameCharacters)
        let limits = [
            ("BucketName", 63), ("FunctionName", 64), ("QueueName", 80), ("StateMachineName", 80),
            ("Name", 64), ("DashboardName", 255), ("LogGroupName", 512),
        ]
        for (name, resource) in graph.resources {
            for (member, limit) in limits {
                TemplateGraph.forEach(in: resource["Properties"]?[member] ?? .null) { value in
                    guard let sub = value["Fn::Sub"] else { return }
                    let text = (sub.string ?? sub[0]?.string ?? "")
                        .replacing("${AWS::StackName}", with: stack)
                        .replacing("${Unique}", with: "0123456789ab")
                    #expect(text.utf8.count <= limit, "\(name): \(text)")
                }
            }
        }
    }
}

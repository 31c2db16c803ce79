import Infrastructure
import JSON
import Testing

/// What holds for the template as a whole.
struct TemplateTests {
    let graph = TemplateGraph(Infrastructure.template.json)

    @Test func `whatever is referred to is there`() {
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

    @Test func `every parameter, condition and mapping is used`() {
        let used = TemplateGraph.references(in: graph.template["Resources"] ?? .null)
            .union(TemplateGraph.references(in: graph.template["Conditions"] ?? .null))
        #expect(graph.names("Parameters").subtracting(used) == [])
        let conditions = TemplateGraph.conditions(in: graph.template["Resources"] ?? .null)
        #expect(graph.names("Conditions").subtracting(conditions) == [])
    }

    @Test func `no resources wait for each other in a circle`() {
        #expect(graph.circle() == nil)
        // Broken by hand, it is found.
        var resources = graph.resources
        var key = resources["Key"]?.object ?? [:]
        key["DependsOn"] = ["StateMachine"]
        resources["Key"] = .object(key)
        #expect(TemplateGraph(["Resources": .object(resources)]).circle() != nil)
    }

    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
    @Test func `the template stays within CloudFormation's limits`() {
        let template = Infrastructure.template
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

    @Test func `a template may hold no null`() {
        var nulls = 0
        TemplateGraph.forEach(in: graph.template) { if $0.isNull { nulls += 1 } }
        #expect(nulls == 0)
    }

    @Test func `the definition is given all that it leaves open`() throws {
        let machine = try #require(graph.resources(of: "AWS::StepFunctions::StateMachine").first)
        let text = try #require(machine.properties["DefinitionString"]?.string)
        #expect((try? JSON(parsing: text))?["StartAt"] != nil)
        #expect(
            TemplateGraph.placeholders(in: text)
                == Set(machine.properties["DefinitionSubstitutions"]?.object?.names ?? []))
        #expect(machine.properties["LoggingConfiguration"]?["Level"] == "ERROR")
        #expect(machine.properties["TracingConfiguration"]?["Enabled"] == true)
    }

    @Test(arguments: [
        ("sluice", true), ("a", true), ("s3-2", true), (String(repeating: "a", count: 30), true),
        ("", false), ("Sluice", false), ("1sluice", false), ("-a", false), ("a_b", false),
        ("a.b", false), (String(repeating: "a", count: 31), false), ("ä", false),
    ])
    func `a stack's name goes into those of buckets`(_ name: String, _ isGood: Bool) {
        #expect(Infrastructure.isStackName(name) == isGood)
    }

    /// Each service's own limit, for the longest stack's name.
    @Test func `names made of the stack's are not too long`() {
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

import Testing

@testable import LocalCloud

struct PollingTests {
    @Test(arguments: [
        (StepFunctionsAccess.Place.service, 0, [0.02, 0.03, 0.045]),
        (.service, 7, [0.02, 0.03, 0.045]),
        (.aws, 0, [1, 1.5, 2.25]), (.aws, 7, [7, 7, 7]),
    ])
    func `the pauses between two looks grow, and keep to the rates of the API`(
        place: StepFunctionsAccess.Place, mapRuns: Int, seconds: [Double]
    ) {
        var polling = Polling(place)
        var found: [Double] = []
        for number in 0..<3 {
            polling.next(hasNews: number == 0, mapRuns: mapRuns)
            found.append(polling.seconds)
        }
        for (a, b) in zip(found, seconds) { #expect(abs(a - b) < 1e-9) }
        for _ in 0..<100 { polling.next(hasNews: false, mapRuns: 0) }
        #expect(polling.seconds == (place == .aws ? 5 : 0.25))
    }
}

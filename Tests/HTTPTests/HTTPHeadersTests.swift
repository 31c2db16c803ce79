@testable import HTTP
import Testing

@Suite struct HTTPHeadersTests {
    @Test func `names compare without regard to case, values keep their order`() {
        var headers: HTTPHeaders = ["Set-Cookie": "a", "X": "1", "set-cookie": "b"]
        #expect(headers["SET-COOKIE"] == "a")
        headers["SET-cookie"] = "c"
        #expect(headers.fields.map(\.value) == ["c", "1"])
        headers["x"] = nil
        headers["Y"] = "2"
        #expect(headers.fields.map(\.name) == ["Set-Cookie", "Y"])
        #expect(headers["É"] == nil)
    }

    @Test(arguments: [
        ("http://h:1/p?a=b", "http://h:1/p"), ("https://u:pw@h/p@q#f", "https://h/p@q"),
        ("http://h", "http://h"), ("nonsense", "nonsense"),
    ])
    func `errors tell the URL without its secrets`(url: String, told: String) {
        let error = HTTPError(.timedOut, HTTPRequest("GET", url), "late")
        #expect(error.description == "GET \(told): late")
    }
}

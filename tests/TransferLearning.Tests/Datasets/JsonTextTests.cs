using System.Text;

namespace TransferLearning.Tests;

public sealed class JsonTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"a": "\ud83d\ude00"}""", false)]
    [InlineData("""{"a": "\uD83D\uDE00 \u00fc \\ud800 \\\\"}""", false)]
    [InlineData("""{"a": "\ud83d"}""", true)]
    [InlineData("""{"a": "\ude00"}""", true)]
    [InlineData("""{"a": "\ud83d \ude00"}""", true)]
    [InlineData("""{"a": "\\\ud83d"}""", true)]
    [InlineData("""{"a": "\ud83d\ud83d\ude00"}""", true)]
    [InlineData("\\", false)]
    [InlineData("", false)]
    public void Finds_half_a_surrogate_pair(string json, bool expected)
    {
        Assert.Equal(expected, JsonText.HasHalfPairs<char>(json));
        Assert.Equal(expected, JsonText.HasHalfPairs<byte>(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("""{"text": "\ud800", "label": "a"}""")]
    [InlineData("""{"\ud800": "a", "text": "a", "label": "a"}""")]
    public void A_row_with_half_a_pair_is_refused_as_a_row(string row)
    {
        File.WriteAllText(_folder.File("a.jsonl"), row + "\n");
        Assert.Contains(
            "a.jsonl", Assert.Throws<DatasetException>(() => TextFile.Open(_folder.File("a.jsonl"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trimmed_program_gets_an_error_that_says_what_to_set()
    {
        JsonText.RequireReflection(isEnabled: true);
        Assert.Contains(
            "trimming",
            Assert.Throws<NotSupportedException>(() => JsonText.RequireReflection(isEnabled: false)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_with_half_a_pair_is_refused()
        => Assert.Throws<InvalidDataException>(() => ModelConfig.FromJson("""{"model_type": "\udc00"}"""));
}

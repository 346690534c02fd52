namespace TransferLearning;

/// <summary>Fields of a JSON object that may be absent, null or of another kind.</summary>
internal static class JsonFields
{
    // A greatest length of 1e30 is how checkpoints write "none".
    private const double MostCount = 1e9;

    public static string? Text(JsonElement element, string name)
        => Field(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static bool? Flag(JsonElement element, string name) => Field(element, name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public static int? Count(JsonElement element, string name, int least = 1)
        => Field(element, name) is { ValueKind: JsonValueKind.Number } value && value.GetDouble() is double number
            && number >= least && number < MostCount ? (int)number : null;

    /// <summary>A token given as a string, or as an object with its content.</summary>
    public static string? Content(JsonElement token)
        => token.ValueKind == JsonValueKind.String ? token.GetString() : Text(token, "content");

    public static AddedToken Added(JsonElement token, int id)
    {
        bool isSpecial = Flag(token, "special") ?? false;
        return new AddedToken(
            Text(token, "content") ?? string.Empty,
            id,
            isSpecial,
            Flag(token, "lstrip") ?? false,
            Flag(token, "rstrip") ?? false,
            Flag(token, "single_word") ?? false,
            Flag(token, "normalized") ?? !isSpecial);
    }

    public static JsonElement? Field(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null ? value : null;
}

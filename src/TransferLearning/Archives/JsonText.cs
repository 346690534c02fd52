namespace TransferLearning;

/// <summary>
/// What readers of JSON check that its parser leaves to them: it meets half a surrogate pair with an exception of another kind.
/// </summary>
internal static class JsonText
{
    /// <summary>What is wrong, for messages.</summary>
    public const string HalfPair = "it has half of a surrogate pair (\\ud800 to \\udfff alone), which is no character";

    /// <summary>Whether a string of sound JSON has half of a surrogate pair, written as an escape.</summary>
    /// <param name="json">The text, in UTF-8 or UTF-16; a backslash stands only in strings.</param>
    public static bool HasHalfPairs<T>(ReadOnlySpan<T> json) where T : unmanaged, IBinaryInteger<T>
    {
        T backslash = T.CreateTruncating('\\');
        while (json.IndexOf(backslash) is >= 0 and int at)
        {
            json = json[at..];
            int code = Escape(json);
            json = json[Math.Min(code < 0 ? 2 : 6, json.Length)..];
            if (code is >= 0xDC00 and < 0xE000)
            {
                return true;
            }

            if (code is >= 0xD800 and < 0xDC00)
            {
                if (Escape(json) is not (>= 0xDC00 and < 0xE000))
                {
                    return true;
                }

                json = json[6..];
            }
        }

        return false;
    }

    /// <summary>Refuses to write or read records in a program whose trimming has taken away what that needs.</summary>
    /// <exception cref="NotSupportedException">The program was published trimmed, without the settings that the message names.</exception>
    public static void RequireReflection() => RequireReflection(JsonSerializer.IsReflectionEnabledByDefault);

    /// <summary>The same where the answer is known, for tests.</summary>
    internal static void RequireReflection(bool isEnabled)
    {
        if (!isEnabled)
        {
            throw new NotSupportedException(
                "Saved models and runs hold records in JSON, whose reading needs reflection, and trimming has switched that off. Publish "
                    + "without trimming (PublishTrimmed), or keep this library whole: add <TrimmerRootAssembly "
                    + "Include=\"TransferLearning\" /> and set JsonSerializerIsReflectionEnabledByDefault to true in the project file.");
        }
    }

    /// <summary>The code of the escape \uXXXX that the text begins with; -1 where it begins otherwise.</summary>
    private static int Escape<T>(ReadOnlySpan<T> json) where T : unmanaged, IBinaryInteger<T>
    {
        if (json.Length < 6 || json[0] != T.CreateTruncating('\\') || json[1] != T.CreateTruncating('u'))
        {
            return -1;
        }

        int code = 0;
        foreach (T digit in json.Slice(2, 4))
        {
            char letter = (char)ushort.CreateTruncating(digit);
            code = char.IsAsciiHexDigit(letter)
                ? (code * 16) + (char.IsAsciiDigit(letter) ? letter - '0' : (letter | 0x20) - 'a' + 10)
                : -1;
            if (code < 0)
            {
                return -1;
            }
        }

        return code;
    }
}

using System.Text;

namespace TransferLearning;

/// <summary>Takes one line of a CSV or TSV file apart: fields may stand in quotes, in which two quotes mean one (RFC 4180).</summary>
internal static class DelimitedLine
{
    /// <summary>The fields of a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="separator">What stands between two fields.</param>
    /// <param name="trim">Whether spaces around a field without quotes are dropped.</param>
    /// <exception cref="FormatException">A quote is not closed, or something follows the closing one.</exception>
    public static List<string> Fields(string line, char separator, bool trim = true)
    {
        List<string> fields = new();
        int position = 0;
        while (true)
        {
            if (position < line.Length && line[position] == '"')
            {
                fields.Add(Quoted(line, separator, ref position));
            }
            else
            {
                int end = line.IndexOf(separator, position);
                string field = line[position..(end < 0 ? line.Length : end)];
                fields.Add(trim ? field.Trim() : field);
                position = end < 0 ? line.Length : end;
            }

            if (position == line.Length)
            {
                return fields;
            }

            position++;
        }
    }

    private static string Quoted(string line, char separator, ref int position)
    {
        StringBuilder field = new();
        for (position++; position < line.Length; position++)
        {
            if (line[position] != '"')
            {
                field.Append(line[position]);
            }
            else if (position + 1 < line.Length && line[position + 1] == '"')
            {
                field.Append('"');
                position++;
            }
            else
            {
                position++;
                return position == line.Length || line[position] == separator
                    ? field.ToString()
                    : throw new FormatException($"something follows the closing quote at character {position}");
            }
        }

        throw new FormatException("a quote is not closed");
    }
}

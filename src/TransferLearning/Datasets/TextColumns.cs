namespace TransferLearning;

/// <summary>Takes the wanted fields out of a row.</summary>
internal abstract class TextColumns
{
    /// <summary>Calls an action with every row of a file that is not blank.</summary>
    public abstract void ForEachRow(TextBytes source, TextRowScanner.RowAction action);

    /// <summary>Looks at the first row.</summary>
    /// <returns>Whether it is a header, and no sample.</returns>
    public abstract bool TakeFirst(string row);

    /// <summary>Whether the first row names such a column.</summary>
    public abstract bool Has(string column);

    /// <summary>The values of one column of a row: one, or in JSON the parts of an array.</summary>
    /// <exception cref="FormatException">The row cannot be parsed or has no such field; the message says which.</exception>
    public abstract Func<string, string[]> Row(string row);

    /// <summary>Rows of fields with something between them.</summary>
    public sealed class Delimited(DelimitedFormat format, bool hasHeader) : TextColumns
    {
        private readonly DelimitedRows _rows = new(format);
        private List<string>? _names;

        public override void ForEachRow(TextBytes source, TextRowScanner.RowAction action) => format.ForEachRow(source, action);

        public override bool TakeFirst(string row)
        {
            IReadOnlyList<string> fields = _rows.First(row, _ => hasHeader);
            _names = hasHeader ? [.. fields.Select(name => name.Trim())] : null;
            return hasHeader;
        }

        public override bool Has(string column) => _names is null || _names.Contains(column);

        public override Func<string, string[]> Row(string row)
        {
            IReadOnlyList<string> fields = _rows.Fields(row);
            return column =>
            {
                int number = _names?.IndexOf(column) ?? (int.TryParse(column, out int given) ? given : -1);
                if (number < 0)
                {
                    throw new FormatException(
                        _names is null
                            ? $"without a header a column is called by its number, '0' for example, not '{column}'"
                            : $"there is no column '{column}'; the header names {string.Join(", ", _names.Take(20))}");
                }

                return number < fields.Count
                    ? [fields[number]]
                    : throw new FormatException(
                        $"it has {fields.Count} fields and none for the column '{column}', which is number {number + 1}");
            };
        }
    }

    /// <summary>Rows that are JSON objects.</summary>
    public sealed class Json : TextColumns
    {
        private JsonElement _first;

        public override void ForEachRow(TextBytes source, TextRowScanner.RowAction action)
            => TextRowScanner.ForEach(source, TextRowShape.Line, row =>
            {
                if (!row.IsBlank)
                {
                    action(row);
                }
            });

        public override bool TakeFirst(string row)
        {
            _first = Object(row);
            return false;
        }

        public override bool Has(string column) => _first.TryGetProperty(column, out _);

        public override Func<string, string[]> Row(string row)
        {
            JsonElement fields = Object(row);
            return column => fields.TryGetProperty(column, out JsonElement value)
                ? Values(value, column)
                : throw new FormatException(
                    $"it has no field '{column}'; it has "
                    + string.Join(", ", fields.EnumerateObject().Take(20).Select(field => field.Name)));
        }

        private static string[] Values(JsonElement value, string column) => value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(part => Value(part, column))]
            : [Value(value, column)];

        private static JsonElement Object(string row)
        {
            try
            {
                JsonElement element = JsonElement.Parse(row);
                if (element.ValueKind != JsonValueKind.Object)
                {
                    throw new FormatException($"expected a JSON object, found {element.ValueKind}");
                }

                if (JsonText.HasHalfPairs<char>(row))
                {
                    string field = element
                        .EnumerateObject()
                        .Select(field => field.ToString())
                        .First(raw => JsonText.HasHalfPairs<char>(raw));
                    throw new FormatException($"the field '{field.Split('"')[1]}' is no text: {JsonText.HalfPair}");
                }

                return element;
            }
            catch (JsonException exception)
            {
                throw new FormatException($"it is not a JSON object: {exception.Message}", exception);
            }
        }

        private static string Value(JsonElement value, string column) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => throw new FormatException($"the field '{column}' is {value.ValueKind}; expected a text or a number"),
        };

        // Half a surrogate pair, written as an escape, is not text.
        private static string Text(JsonElement value, string column)
        {
            try
            {
                return value.GetString()!;
            }
            catch (InvalidOperationException exception)
            {
                throw new FormatException($"the field '{column}' is not valid text", exception);
            }
        }
    }
}

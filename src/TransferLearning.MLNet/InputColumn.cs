using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace TransferLearning.MLNet;

/// <summary>Reads the inputs of a model out of rows.</summary>
/// <param name="name">The column.</param>
/// <param name="pair">The column of the second texts of pairs; null for none.</param>
/// <param name="isText">Whether the model is for texts, and a text is what it says; else it is a path.</param>
/// <param name="folder">The folder that relative paths start at.</param>
internal sealed class InputColumn(string name, string? pair, bool isText, string? folder)
{
    /// <summary>The columns in a schema: that of the inputs, and after it that of second texts where there is one.</summary>
    /// <exception cref="ArgumentException">One is missing, or of a type that the model cannot take.</exception>
    public IReadOnlyList<DataViewSchema.Column> In(DataViewSchema schema)
    {
        if (pair is not null && !isText)
        {
            throw new ArgumentException($"{nameof(TransferLearningOptions.PairColumnName)} is for models for texts: leave it out.");
        }

        DataViewSchema.Column column = Find(name, nameof(TransferLearningOptions.FeatureColumnName));
        if (column.Type is not TextDataViewType && (isText || !(column.Type is ImageDataViewType || IsBytes(column.Type))))
        {
            throw Unfit(column, isText ? "text." : "text (paths), a vector of bytes or MLImage.");
        }

        if (pair is null)
        {
            return [column];
        }

        DataViewSchema.Column second = Find(pair, nameof(TransferLearningOptions.PairColumnName));
        return second.Type is TextDataViewType ? [column, second] : throw Unfit(second, "text.");

        DataViewSchema.Column Find(string one, string option) => schema.GetColumnOrNull(one)
            ?? throw new ArgumentException(
                $"There is no column '{one}'; the data have {string.Join(", ", schema.Select(other => $"'{other.Name}'"))}. Set {option}.");

        static ArgumentException Unfit(DataViewSchema.Column found, string expected)
            => new($"The column '{found.Name}' is of the type {found.Type}; expected {expected}");
    }

    /// <summary>Gives the input of the row that a cursor stands at, as what can be read later too: of a path the file is read
    /// then.</summary>
    public Func<Func<SampleContent>> Reader(DataViewRow row)
    {
        IReadOnlyList<DataViewSchema.Column> columns = In(row.Schema);
        DataViewSchema.Column column = columns[0];
        switch (column.Type)
        {
            case TextDataViewType:
                Func<string> text = TextOf(row, column);
                Func<string>? second = columns.Count > 1 ? TextOf(row, columns[1]) : null;
                return () =>
                {
                    string value = text();
                    string? other = second?.Invoke();
                    return isText ? () => new TextContent(value, other) : () => new EncodedImage(File.ReadAllBytes(PathOf(value)));
                };
            case ImageDataViewType:
                ValueGetter<MLImage> getImage = row.GetGetter<MLImage>(column);
                return () =>
                {
                    MLImage? value = null;
                    getImage(ref value!);
                    using (value)
                    {
                        RawImage? image = value is null ? null : Pixels(value);
                        return () => image ?? throw new InvalidDataException($"the column '{name}' holds no image.");
                    }
                };
            default:
                ValueGetter<VBuffer<byte>> getBytes = row.GetGetter<VBuffer<byte>>(column);
                return () =>
                {
                    VBuffer<byte> value = default;
                    getBytes(ref value);
                    byte[] bytes = value.DenseValues().ToArray();
                    return () => new EncodedImage(bytes);
                };
        }
    }

    private static Func<string> TextOf(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        return () =>
        {
            ReadOnlyMemory<char> value = default;
            getter(ref value);
            return value.ToString();
        };
    }

    private static bool IsBytes(DataViewType type) => type is VectorDataViewType { ItemType: NumberDataViewType { RawType: { } raw } }
        && raw == typeof(byte);

    private static RawImage Pixels(MLImage image)
    {
        ReadOnlySpan<byte> pixels = ModelZip.PixelsOf(image);
        int step = image.BitsPerPixel / 8;
        int red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
        byte[] rgb = new byte[image.Width * image.Height * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += step, to += 3)
        {
            (rgb[to], rgb[to + 1], rgb[to + 2]) = (pixels[from + red], pixels[from + 1], pixels[from + 2 - red]);
        }

        return new RawImage(image.Width, image.Height, rgb);
    }

    private string PathOf(string path) => folder is null ? path : Path.Combine(folder, path);
}

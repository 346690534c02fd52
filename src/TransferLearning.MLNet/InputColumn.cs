using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace TransferLearning.MLNet;

/// <summary>Reads the inputs of a model out of rows.</summary>
/// <param name="name">The column.</param>
/// <param name="isText">Whether the model is for texts, and a text is what it says; else it is a path.</param>
/// <param name="folder">The folder that relative paths start at.</param>
internal sealed class InputColumn(string name, bool isText, string? folder)
{
    /// <summary>The column in a schema.</summary>
    /// <exception cref="ArgumentException">It is missing, or of a type that the model cannot take.</exception>
    public DataViewSchema.Column In(DataViewSchema schema)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException(
                $"There is no column '{name}'; the data have {string.Join(", ", schema.Select(one => $"'{one.Name}'"))}. Set "
                    + $"{nameof(TransferLearningOptions.FeatureColumnName)}.");
        return column.Type is TextDataViewType || (!isText && (column.Type is ImageDataViewType || IsBytes(column.Type)))
            ? column
            : throw new ArgumentException(
                $"The column '{name}' is of the type {column.Type}; expected "
                    + (isText ? "text." : "text (paths), a vector of bytes or MLImage."));
    }

    /// <summary>Gives the input of the row that a cursor stands at.</summary>
    public Func<SampleContent> Reader(DataViewRow row)
    {
        DataViewSchema.Column column = In(row.Schema);
        switch (column.Type)
        {
            case TextDataViewType:
                ValueGetter<ReadOnlyMemory<char>> text = row.GetGetter<ReadOnlyMemory<char>>(column);
                return () =>
                {
                    ReadOnlyMemory<char> value = default;
                    text(ref value);
                    return isText ? new TextContent(value.ToString()) : new EncodedImage(File.ReadAllBytes(PathOf(value.ToString())));
                };
            case ImageDataViewType:
                ValueGetter<MLImage> image = row.GetGetter<MLImage>(column);
                return () =>
                {
                    MLImage? value = null;
                    image(ref value!);
                    using (value)
                    {
                        return Pixels(value ?? throw new InvalidDataException(
                            $"The column '{name}' holds no image at row {row.Position}."));
                    }
                };
            default:
                ValueGetter<VBuffer<byte>> bytes = row.GetGetter<VBuffer<byte>>(column);
                return () =>
                {
                    VBuffer<byte> value = default;
                    bytes(ref value);
                    return new EncodedImage(value.DenseValues().ToArray());
                };
        }
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

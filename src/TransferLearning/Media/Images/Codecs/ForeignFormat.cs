namespace TransferLearning;

/// <summary>Recognises files that cannot be decoded by their first bytes, so that an error can say what they are and what to do.</summary>
internal static class ForeignFormat
{
    private const string Convert = "Convert it to JPEG or PNG first, for example with ImageMagick: magick \"{0}\" image.png";
    private const string Add =
        "Reference the package TransferLearning.ImageSharp and call model.WithCodec(new ImageSharpCodec()), which data sets and options "
        + "take too. Or convert it to JPEG or PNG, for example with ImageMagick: magick \"{0}\" image.png";
    private const string Develop = "Develop it to JPEG or PNG first, with the camera's program, darktable or RawTherapee";
    private const string Draw = "Draw it as a PNG of the wanted size first, for example with Inkscape or rsvg-convert";
    private const string Extract = "Take its images out of it first, each as a file of its own";
    private const string FetchAgain = "Download the image again";

    private static readonly (byte[] Start, string Name, string Remedy)[] Starts =
    [
        ([.. "II*\0"u8], "a TIFF image, or a camera's raw photograph in TIFF's form (DNG, NEF, ARW)", Add),
        ([.. "MM\0*"u8], "a TIFF image, or a camera's raw photograph in TIFF's form (NEF, DNG, PEF)", Add),
        ([.. "II+\0"u8], "a BigTIFF image", Convert),
        ([.. "MM\0+"u8], "a BigTIFF image", Convert),
        ([0xFF, 0x0A], "a JPEG XL image", Convert),
        ([0, 0, 0, 12, .. "JXL \r\n"u8], "a JPEG XL image", Convert),
        ([0, 0, 0, 12, .. "jP  \r\n"u8], "a JPEG 2000 image", Convert),
        ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image", Convert),
        ([.. "8BPS"u8], "a Photoshop document (PSD)", Convert),
        ([.. "%PDF"u8], "a PDF document", Extract),
        ([.. "%!PS"u8], "a PostScript document", Extract),
        ([.. "FUJIFILMCCD-RAW"u8], "a Fujifilm raw photograph (RAF)", Develop),
        ([.. "IIRO"u8], "an Olympus raw photograph (ORF)", Develop),
        ([.. "IIRS"u8], "an Olympus raw photograph (ORF)", Develop),
        ([.. "MMOR"u8], "an Olympus raw photograph (ORF)", Develop),
        ([.. "IIU\0"u8], "a Panasonic raw photograph (RW2)", Develop),
        ([.. "FOVb"u8], "a Sigma raw photograph (X3F)", Develop),
        ([0, .. "MRM"u8], "a Minolta raw photograph (MRW)", Develop),
        ([.. "gimp xcf"u8], "a GIMP document (XCF)", Convert),
        ([0x76, 0x2F, 0x31, 0x01], "an OpenEXR image", Convert),
        ([.. "#?RADIANCE"u8], "a Radiance HDR image", Convert),
        ([.. "DDS "u8], "a DDS texture", Convert),
        ([.. "qoif"u8], "a QOI image", Convert),
        ([.. "PF\n"u8], "a portable float map (PFM)", Convert),
        ([.. "Pf\n"u8], "a portable float map (PFM)", Convert),
        ([.. "P7\n"u8], "a portable arbitrary map (PAM)", Convert),
        ([.. "SIMPLE  ="u8], "a FITS image", Convert),
        ([0xC5, 0xD0, 0xD3, 0xC6], "a PostScript document", Extract),
        ([.. "PK\x3\x4"u8], "a zip archive", Extract),
        ([0x1F, 0x8B], "a gzip archive", Extract),
        ([.. "version https://git-lfs"u8], "a Git LFS pointer, not the image itself", "Fetch the image with 'git lfs pull'"),
    ];

    /// <summary>What the file is and what to do, as two sentences; null if it is not known.</summary>
    public static string? Describe(ReadOnlySpan<byte> file, string name)
    {
        (string Name, string Remedy)? found = Find(file);
        return found is { } format
            ? $"it is {format.Name}, which is not decoded here. {format.Remedy.Replace("{0}", name, StringComparison.Ordinal)}."
            : null;
    }

    private static (string Name, string Remedy)? Find(ReadOnlySpan<byte> file)
    {
        if (file.Length >= 10 && file.StartsWith("II*\0"u8) && file[8..].StartsWith("CR"u8))
        {
            return ("a Canon raw photograph (CR2)", Develop);
        }

        foreach ((byte[] start, string name, string remedy) in Starts)
        {
            if (file.StartsWith(start))
            {
                return (name, remedy);
            }
        }

        if (file.Length >= 26 && file[^18..].SequenceEqual("TRUEVISION-XFILE.\0"u8))
        {
            return ("a Truevision image (TGA)", Add);
        }

        if (file.Length >= 12 && file[4..].StartsWith("ftyp"u8))
        {
            return Boxed(file);
        }

        if (file.Length >= 132 && file[128..].StartsWith("DICM"u8))
        {
            return ("a DICOM image", "Convert it to PNG first, for example with dcmj2pnm");
        }

        return Text(file);
    }

    /// <summary>The files of ISO's base media format: the first brand names the kind, or one of those it is compatible with.</summary>
    private static (string Name, string Remedy) Boxed(ReadOnlySpan<byte> file)
    {
        int length = (int)Math.Min((uint)file.Length, (uint)((file[2] << 8) | file[3]));
        string brands = Encoding.Latin1.GetString(file[8..Math.Clamp(length, 12, Math.Min(file.Length, 256))]);
        return brands switch
        {
            _ when brands.StartsWith("crx", StringComparison.Ordinal) => ("a Canon raw photograph (CR3)", Develop),
            _ when brands.Contains("avif", StringComparison.Ordinal) || brands.Contains("avis", StringComparison.Ordinal)
                => ("an AVIF image", Convert),
            _ when brands.Contains("hei", StringComparison.Ordinal) || brands.Contains("hev", StringComparison.Ordinal)
                || brands.Contains("mif1", StringComparison.Ordinal) || brands.Contains("msf1", StringComparison.Ordinal)
                => ("a HEIC image (HEIF)", Convert),
            _ when brands.StartsWith("jp2", StringComparison.Ordinal) || brands.StartsWith("jpx", StringComparison.Ordinal)
                => ("a JPEG 2000 image", Convert),
            _ => ("a video or sound file (MP4, QuickTime)", "Take single frames out of it first, for example with FFmpeg"),
        };
    }

    private static (string Name, string Remedy)? Text(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> head = file[..Math.Min(file.Length, 4096)];
        head = head.StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? head[3..] : head;
        string text = Encoding.Latin1.GetString(head).TrimStart();
        if (!text.StartsWith('<'))
        {
            return null;
        }

        return text.Contains("<svg", StringComparison.OrdinalIgnoreCase)
            && !text.StartsWith("<!DOCTYPE html", StringComparison.OrdinalIgnoreCase)
                && !text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            ? ("an SVG drawing", Draw)
            : ("a web page or other XML text, not an image", FetchAgain);
    }
}

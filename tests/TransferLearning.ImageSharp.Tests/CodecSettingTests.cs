using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace TransferLearning.ImageSharp.Tests;

/// <summary>One codec of a model is used wherever it meets image files, and by the data sets.</summary>
public sealed class CodecSettingTests : IDisposable
{
    private static readonly ImageSharpCodec Codec = new();
    private static readonly FineTuneOptions Once = new() { Epochs = 1, BatchSize = 4, Workers = 0 };
    private readonly TemporaryFolder _folder = new();

    public CodecSettingTests()
    {
        string[] names = ["rgb8_lzw.tif", "rgb16_none.tif", "tga_rgb.tga", "few4_none.tif"];
        foreach ((int i, string name) in names.Index())
        {
            string path = Path.Combine(_folder.Path, "images", i % 2 == 0 ? "a" : "b", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(FixtureTests.At(name), path);
        }
    }

    private string Images => Path.Combine(_folder.Path, "images");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_endings_decide_what_a_folder_holds_and_it_trains_evaluates_predicts_and_extracts()
    {
        Assert.Throws<DatasetException>(() => ImageFolder.Open(Images));
        using ImageFolder folder = ImageFolder.Open(Images, codec: Codec);
        Assert.Equal(4, folder.Count);
        using ImageModel model = ImageModel.Create("resnet20", 2).WithCodec(Codec);
        Assert.Single(model.FineTune(folder, new Sgd(0.01), Once with { Validation = folder }).Epochs);
        Assert.Equal(4, model.Evaluate(folder).Count);
        Assert.Equal("a", folder.ClassNames[0]);
        Assert.NotEmpty(model.Predict(FixtureTests.At("rgb8_lzw.tif")).ClassName);
        Assert.NotEmpty(model.Predict(new EncodedImage(File.ReadAllBytes(FixtureTests.At("tga_rgb.tga")))).ClassName);
        using FeatureSet features = model.ExtractFeatures(folder);
        Assert.Equal(4, features.Count);
    }

    [Fact]
    public void Its_endings_decide_in_zip_and_tar_files_and_lists_too()
    {
        string zip = Path.Combine(_folder.Path, "images.zip"), tar = Path.Combine(_folder.Path, "images.tar");
        ZipFile.CreateFromDirectory(Images, zip);
        TarFile.CreateFromDirectory(Images, tar, includeBaseDirectory: false);
        foreach (string archive in new[] { zip, tar })
        {
            Assert.Throws<DatasetException>(() => ImageFolder.Open(archive));
            using ImageFolder opened = ImageFolder.Open(archive, codec: Codec);
            Assert.Equal(4, opened.Count);
        }

        string shard = Path.Combine(_folder.Path, "shard.tar");
        using (TarWriter writer = new(File.Create(shard)))
        {
            writer.WriteEntry(FixtureTests.At("rgb8_lzw.tif"), "1.tif");
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "1.cls") { DataStream = new MemoryStream("0"u8.ToArray()) });
        }

        Assert.Throws<DatasetException>(() => TarShards.Open(shard));
        Assert.Equal(1, TarShards.Open(shard, codec: Codec).Count);

        string list = Path.Combine(_folder.Path, "list.csv");
        File.WriteAllText(list, "a/rgb8_lzw.tif,a\nb/rgb16_none.tif,b\n");
        ImageListOptions options = new() { Folder = Images };
        Assert.Equal(2, ImageList.Open(list, options with { Codec = Codec }).Count);
        DatasetException error = Assert.Throws<DatasetException>(() => ImageList.Open(list, options with { Codec = ImageCodec.Default }));
        Assert.Contains("no image by its ending", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_codec_of_the_options_comes_first_then_the_pipeline_s_then_the_model_s()
    {
        using ImageFolder folder = ImageFolder.Open(Images, codec: Codec);
        using ImageModel model = ImageModel.Create("resnet20", 2).WithClassNames(folder.ClassNames);
        CountingCodec ofModel = new(), ofPipeline = new(), ofOptions = new();
        model.WithCodec(ofModel);
        ImagePipeline bare = ImagePipeline.ForEvaluation(model.Preprocess), own = ImagePipeline.ForEvaluation(model.Preprocess, ofPipeline);
        Assert.Same(ofModel, model.Codec);
        model.Evaluate(folder);
        model.Evaluate(folder, new EvaluateOptions { Preprocessor = bare });
        Assert.Equal((8, 0, 0), (ofModel.Count, ofPipeline.Count, ofOptions.Count));
        model.Evaluate(folder, new EvaluateOptions { Preprocessor = own });
        Assert.Equal((8, 4, 0), (ofModel.Count, ofPipeline.Count, ofOptions.Count));
        model.Evaluate(folder, new EvaluateOptions { Preprocessor = own, Codec = ofOptions });
        Assert.Equal((8, 4, 4), (ofModel.Count, ofPipeline.Count, ofOptions.Count));
        model.FineTune(folder, new Sgd(0.01), Once with { Validation = folder, Codec = ofOptions });
        Assert.Equal((8, 4, 12), (ofModel.Count, ofPipeline.Count, ofOptions.Count));
    }

    [Fact]
    public void A_missing_codec_is_named_with_its_package()
    {
        using ImageModel model = ImageModel.Create("resnet20", 2).WithClassNames(["a", "b"]);
        MediaException error = Assert.ThrowsAny<Exception>(() => model.Predict(FixtureTests.At("rgb8_lzw.tif"))) switch
        {
            MediaException media => media,
            Exception other => (MediaException)other.InnerException!,
        };
        Assert.Contains("TIFF", error.Message, StringComparison.Ordinal);
        Assert.Contains("TransferLearning.ImageSharp", error.Message, StringComparison.Ordinal);
        Assert.Contains("WithCodec(new ImageSharpCodec())", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_model_names_the_codec_that_it_needs()
    {
        string path = Path.Combine(_folder.Path, "model.tl"), image = FixtureTests.At("rgb8_lzw.tif");
        string predicted;
        using (ImageModel model = ImageModel.Create("resnet20", 2).WithClassNames(["a", "b"]).WithCodec(Codec))
        {
            predicted = model.Predict(image).ClassName;
            model.Save(path);
        }

        using ImageModel loaded = ImageModel.Load(path);
        Exception error = Assert.ThrowsAny<Exception>(() => loaded.Predict(image));
        Assert.Contains("TransferLearning.ImageSharp", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("WithCodec", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(predicted, loaded.WithCodec(Codec).Predict(image).ClassName);
        loaded.Save(path);
        using ImageModel again = ImageModel.Load(path);
        again.Save(path); // what was not set again is still named
        using ImageModel third = ImageModel.Load(path);
        error = Assert.ThrowsAny<Exception>(() => third.Predict(image));
        Assert.Contains("TransferLearning.ImageSharp", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_decodes_as_usual_is_saved_without_a_codec()
    {
        string path = Path.Combine(_folder.Path, "plain.tl");
        using ImageModel model = ImageModel.Create("resnet20", 2).WithClassNames(["a", "b"]);
        model.Save(path);
        using ImageModel loaded = ImageModel.Load(path);
        Assert.Same(ImageCodec.Default, loaded.Codec);
    }

    [Theory]
    [InlineData("rgb16_none.tif")]
    [InlineData("rgb16_big_endian_predictor.tif")]
    [InlineData("gray16_zip.tif")]
    public void Sixteen_bits_reach_the_tensor(string name)
    {
        byte[] numbers = File.ReadAllBytes(Path.ChangeExtension(FixtureTests.At(name), "rgb"));
        ImagePipeline pipeline = new([], 9, 13, new ChannelValues(0, 0, 0), new ChannelValues(1, 1, 1), Codec);
        float[] planes = new float[3 * 9 * 13];
        SeededRandom random = default;
        pipeline.Apply(new Sample(name, 0, new EncodedImage(File.ReadAllBytes(FixtureTests.At(name)))), ref random, planes);
        for (int i = 0; i < planes.Length; i++)
        {
            int at = 2 * ((i % 117 * 3) + (i / 117));
            Assert.Equal((numbers[at] | (numbers[at + 1] << 8)) / 65535f, planes[i]);
        }
    }

    [Fact]
    public void Everything_else_goes_to_the_other_codec()
    {
        CountingCodec other = new();
        ImageSharpCodec codec = new(others: other);
        codec.Decode("GIF89a"u8.ToArray(), "x.gif").Dispose();
        codec.Decode(new byte[] { 0xFF, 0xD8, 0xFF }, "x.jpg").Dispose();
        codec.Decode(Encoding.ASCII.GetBytes("P5 1 1 255 x"), "x.pgm").Dispose();
        Assert.Equal(3, other.Count);
        Assert.Equal($"ImageSharpCodec({other})", codec.ToString());
    }

    private sealed class CountingCodec : IImageCodec
    {
        private int _count;

        public int Count => _count;

        public ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name)
        {
            Interlocked.Increment(ref _count);
            ImagePixels image = new(32, 32);
            image.Bytes.Fill(100);
            return image;
        }
    }
}

using System.Text;

namespace TransferLearning.Tests;

public class ImageFolderTests
{
    [Fact]
    public void Classes_are_sorted_and_images_found_at_any_depth()
    {
        using SampleFolder folder = new SampleFolder().With(
            "dogs/b.JPG", "dogs/deep/er/a.png", "dogs/notes.txt",
            "Cats/2.jpeg", "Cats/10.webp", "Cats/1.GIF", "ants/x.bmp", "readme.md", "loose.jpg");
        using ImageFolder dataset = ImageFolder.Open(folder.Root);
        Assert.Equal(["Cats", "ants", "dogs"], dataset.ClassNames);
        Assert.Equal(
            ["Cats/1.GIF", "Cats/10.webp", "Cats/2.jpeg", "ants/x.bmp", "dogs/b.JPG", "dogs/deep/er/a.png"],
            Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
        Assert.Equal([0, 0, 0, 1, 2, 2], Enumerable.Range(0, dataset.Count).Select(dataset.LabelOf));
        Sample sample = dataset.Read(5);
        Assert.Equal((dataset.NameOf(5), 2), (sample.Name, ((ClassTarget)sample.Target).Class));
        Assert.Equal("dogs/deep/er/a.png", Encoding.UTF8.GetString(((EncodedImage)sample.Input).Bytes.Span));
    }

    [Fact]
    public void Every_ending_of_a_kind_that_can_be_read_counts()
    {
        string[] endings = ["jpg", "jpeg", "jpe", "jfif", "jif", "png", "webp", "gif", "bmp", "dib", "ppm", "pgm", "pbm", "pnm", "JFIF"];
        using SampleFolder folder = new SampleFolder().With(
            [.. endings.Select((ending, i) => $"cats/{i:d2}.{ending}"), "cats/a.heic", "cats/b.txt"]);
        using ImageFolder dataset = ImageFolder.Open(folder.Root);
        Assert.Equal(endings.Select((ending, i) => $"cats/{i:d2}.{ending}"), Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
    }

    [Fact]
    public void Hidden_files_and_folders_are_skipped()
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg", "cats/._1.jpg", "cats/.cache/2.jpg", ".checkpoints/3.jpg");
        using ImageFolder dataset = ImageFolder.Open(folder.Root);
        Assert.Equal(["cats"], dataset.ClassNames);
        Assert.Equal(1, dataset.Count);
    }

    [Fact]
    public void Links_are_followed_and_circles_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights that a Windows user may lack.");
        using SampleFolder folder = new SampleFolder().With("data/cats/1.jpg", "data/cats/in/2.jpg", "elsewhere/3.jpg");
        Directory.CreateSymbolicLink(folder.File("data/cats/in/up"), "..");
        Directory.CreateSymbolicLink(folder.File("data/cats/in/root"), folder.File("data"));
        Directory.CreateSymbolicLink(folder.File("data/cats/self"), folder.File("data/cats/self"));
        Directory.CreateSymbolicLink(folder.File("data/dogs"), folder.File("elsewhere"));
        Directory.CreateSymbolicLink(folder.File("alias"), folder.File("data"));
        using ImageFolder dataset = ImageFolder.Open(folder.File("alias"));
        Assert.Equal(["cats/1.jpg", "cats/in/2.jpg", "dogs/3.jpg"], Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
        Assert.NotEqual(0, ((EncodedImage)dataset.Read(2).Input).Bytes.Length);
    }

    [Fact]
    public void Subfolder_chooses_a_part_and_stays_in_the_names()
    {
        using SampleFolder folder = new SampleFolder().With("train/cats/1.jpg", "train/dogs/1.jpg", "val/cats/2.jpg", "val/dogs/2.jpg");
        using ImageFolder dataset = ImageFolder.Open(folder.Root, subfolder: "val/");
        Assert.Equal(["val/cats/2.jpg", "val/dogs/2.jpg"], [dataset.NameOf(0), dataset.NameOf(1)]);
        Assert.Equal("val/dogs/2.jpg", Encoding.UTF8.GetString(((EncodedImage)dataset.Read(1).Input).Bytes.Span));
        AssertRefused(folder.Root, "test", "'test'", "train, val");
    }

    [Theory]
    [InlineData("../other")]
    [InlineData("/etc")]
    [InlineData("a/../../b")]
    public void Subfolder_stays_inside(string subfolder)
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg");
        Assert.Throws<ArgumentException>(() => ImageFolder.Open(folder.Root, subfolder));
    }

    [Fact]
    public void Refuses_a_path_that_is_not_there() => AssertRefused("/no/such/folder", null, "no folder or zip file '/no/such/folder'");

    [Fact]
    public void Refuses_a_folder_without_classes()
    {
        using SampleFolder folder = new SampleFolder().With("readme.md");
        AssertRefused(folder.Root, null, folder.Root, "no class folder and no image");
        folder.With("1.jpg", "2.jpg");
        AssertRefused(folder.Root, null, folder.Root, "2 images but no class folder");
    }

    [Fact]
    public void An_empty_class_folder_is_a_class_without_samples()
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg", "cats/2.jpg", "dogs/1.jpg", "wasps/notes.txt");
        Directory.CreateDirectory(folder.File("bees/deep"));
        Directory.CreateDirectory(folder.File("cows"));
        using ImageFolder dataset = ImageFolder.Open(folder.Root);
        Assert.Equal(["bees", "cats", "cows", "dogs", "wasps"], dataset.ClassNames);
        Assert.Equal([1, 1, 3], Enumerable.Range(0, dataset.Count).Select(dataset.LabelOf));
        Assert.Equal($"'{folder.Root}' (without samples of 'bees', 'cows', 'wasps')", dataset.ToString());
    }

    [Fact]
    public void Given_classes_fix_the_numbers_of_a_part_that_lacks_one()
    {
        using SampleFolder folder = new SampleFolder().With("val/cats/1.jpg", "val/ants/1.jpg");
        Directory.CreateDirectory(folder.File("val/bees"));
        using ImageFolder dataset = ImageFolder.Open(folder.Root, "val", classNames: ["dogs", "cats", "bees", "ants", "emus"]);
        Assert.Equal(["dogs", "cats", "bees", "ants", "emus"], dataset.ClassNames);
        Assert.Equal(["val/cats/1.jpg", "val/ants/1.jpg"], Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
        Assert.Equal([1, 3], Enumerable.Range(0, dataset.Count).Select(dataset.LabelOf));
        Assert.Equal([1, 3], Enumerable.Range(0, dataset.Count).Select(index => dataset.LabelOf(index)));
        Assert.EndsWith("(without samples of 'dogs', 'bees', 'emus')", dataset.ToString());
    }

    [Fact]
    public void A_folder_that_is_none_of_the_given_classes_is_an_error_with_both_lists()
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg", "dogs/1.jpg");
        DatasetException error = Assert.Throws<DatasetException>(() => ImageFolder.Open(folder.Root, classNames: ["cats", "wolves"]));
        Assert.Contains("none of the given classes: 'dogs'", error.Message, StringComparison.Ordinal);
        Assert.Contains("The folders are 'cats', 'dogs'; the given classes are 'cats', 'wolves'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ImageFolder.Open(folder.Root, classNames: ["cats", "dogs", "cats"]));
        Assert.Throws<ArgumentException>(() => ImageFolder.Open(folder.Root, classNames: ["cats", "dogs", ""]));
    }

    [Theory]
    [InlineData("$RECYCLE.BIN")]
    [InlineData("$Recycle.Bin")]
    [InlineData("@eaDir")]
    [InlineData(".AppleDouble")]
    [InlineData("lost+found")]
    [InlineData("__MACOSX")]
    [InlineData("System Volume Information")]
    [InlineData(".ipynb_checkpoints")]
    public void Folders_of_the_system_are_no_classes(string name)
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg", $"cats/{name}/1.jpg", $"{name}/1.jpg", $"{name}/cats/1.jpg");
        using ImageFolder dataset = ImageFolder.Open(folder.Root);
        Assert.Equal(["cats"], dataset.ClassNames);
        Assert.Equal("cats/1.jpg", dataset.NameOf(0));
        Assert.Equal(1, dataset.Count);

        string[] entries = ["cats/1.jpg", $"cats/{name}/1.jpg", $"{name}/", $"{name}/cats/1.jpg"];
        using ImageFolder zip = ImageFolder.Open(folder.Zip(System.IO.Compression.CompressionLevel.NoCompression, entries));
        Assert.Equal(["cats"], zip.ClassNames);
        Assert.Equal(1, zip.Count);

        folder.With("texts/sport/1.txt", $"texts/{name}/1.txt", $"texts/sport/{name}/1.txt");
        using Dataset texts = TextFolder.Open(folder.File("texts"));
        Assert.Equal(["sport"], texts.ClassNames);
        Assert.Equal(1, texts.Count);
    }

    [Fact]
    public void Says_that_images_lie_beside_empty_class_folders()
    {
        using SampleFolder folder = new SampleFolder().With("1.jpg", "2.jpg", "cats/notes.txt");
        AssertRefused(folder.Root, null, "'cats'", "2 images lie beside");
    }

    [Fact]
    public void Says_that_the_folders_are_parts_of_a_set()
    {
        using SampleFolder folder = new SampleFolder().With("train/cats/1.jpg", "val/cats/2.jpg");
        AssertRefused(folder.Root, null, "'train', 'val'", "subfolder: \"train\"");
    }

    [Fact]
    public void Reading_names_a_file_that_has_gone()
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg");
        using ImageFolder dataset = ImageFolder.Open(folder.Root);
        File.Delete(folder.File("cats/1.jpg"));
        DatasetException error = Assert.Throws<DatasetException>(() => dataset.Read(0));
        Assert.Contains(folder.File("cats/1.jpg"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_file_that_is_too_large_before_taking_memory()
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg");
        using (FileStream file = File.OpenWrite(folder.File("cats/1.jpg")))
        {
            file.SetLength(SampleFiles.MaximumFileBytes + 1); // sparse
        }

        using ImageFolder dataset = ImageFolder.Open(folder.Root);
        Assert.Contains("more than", Assert.Throws<DatasetException>(() => dataset.Read(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_follows_names_and_sizes_not_the_place()
    {
        using SampleFolder here = new SampleFolder().With("cats/1.jpg", "dogs/1.jpg");
        using SampleFolder there = new SampleFolder().With("cats/1.jpg", "dogs/1.jpg");
        string fingerprint = ImageFolder.Open(here.Root).Fingerprint;
        Assert.Equal(fingerprint, ImageFolder.Open(there.Root).Fingerprint);
        File.AppendAllText(there.File("dogs/1.jpg"), "more");
        Assert.NotEqual(fingerprint, ImageFolder.Open(there.Root).Fingerprint);
    }

    private static void AssertRefused(string path, string? subfolder, params string[] parts)
    {
        DatasetException error = Assert.Throws<DatasetException>(() => ImageFolder.Open(path, subfolder));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}

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
        Assert.Equal((dataset.NameOf(5), 2), (sample.Name, sample.Label));
        Assert.Equal("dogs/deep/er/a.png", Encoding.UTF8.GetString(((EncodedImage)sample.Content).Bytes.Span));
    }

    [Fact]
    public void Hidden_files_and_folders_are_passed_over()
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
        Assert.NotEqual(0, ((EncodedImage)dataset.Read(2).Content).Bytes.Length);
    }

    [Fact]
    public void Subfolder_chooses_a_part_and_stays_in_the_names()
    {
        using SampleFolder folder = new SampleFolder().With("train/cats/1.jpg", "train/dogs/1.jpg", "val/cats/2.jpg", "val/dogs/2.jpg");
        using ImageFolder dataset = ImageFolder.Open(folder.Root, subfolder: "val/");
        Assert.Equal(["val/cats/2.jpg", "val/dogs/2.jpg"], [dataset.NameOf(0), dataset.NameOf(1)]);
        Assert.Equal("val/dogs/2.jpg", Encoding.UTF8.GetString(((EncodedImage)dataset.Read(1).Content).Bytes.Span));
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
    public void Names_the_class_folders_that_are_empty()
    {
        using SampleFolder folder = new SampleFolder().With("cats/1.jpg", "wasps/notes.txt");
        Directory.CreateDirectory(folder.File("bees/deep"));
        AssertRefused(folder.Root, null, "'bees', 'wasps'");
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

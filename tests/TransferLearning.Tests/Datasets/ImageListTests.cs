using System.Text;

namespace TransferLearning.Tests;

public class ImageListTests
{
    [Fact]
    public void Keeps_the_order_of_the_file_and_sorts_the_classes()
    {
        using ImageList dataset = Open("list.csv", "b.jpg,dog\n\na.jpg,cat\r\n\"deep/c, \"\"d\"\".jpg\",dog\n");
        Assert.Equal(["cat", "dog"], dataset.ClassNames);
        Assert.Equal(["b.jpg", "a.jpg", "deep/c, \"d\".jpg"], Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
        Assert.Equal([1, 0, 1], Enumerable.Range(0, dataset.Count).Select(dataset.LabelOf));
    }

    [Fact]
    public void Reads_the_images_from_the_folder_of_the_listing_or_another()
    {
        using SampleFolder folder = new SampleFolder().With("here/a.jpg", "there/a.jpg");
        File.WriteAllText(folder.File("here/list.csv"), "a.jpg,x");
        using ImageList here = ImageList.Open(folder.File("here/list.csv"));
        using ImageList there = ImageList.Open(folder.File("here/list.csv"), folder.File("there"));
        Assert.Equal("here/a.jpg", Encoding.UTF8.GetString(((EncodedImage)here.Read(0).Content).Bytes.Span));
        Assert.Equal("there/a.jpg", Encoding.UTF8.GetString(((EncodedImage)there.Read(0).Content).Bytes.Span));
    }

    [Fact]
    public void A_header_says_where_the_columns_are()
    {
        using ImageList dataset = Open("list.tsv", "\uFEFFid\tLabel\tFilename\n1\tx, y\ta.jpg\n2\tz\tb.jpg\n");
        Assert.Equal(["x, y", "z"], dataset.ClassNames);
        Assert.Equal("b.jpg", dataset.NameOf(1));
    }

    [Fact]
    public void Whole_numbers_are_sorted_by_value()
    {
        using ImageList dataset = Open("list.csv", "a.jpg,10\nb.jpg,9\na.jpg,0\n");
        Assert.Equal(["0", "9", "10"], dataset.ClassNames);
        Assert.Equal([2, 1, 0], Enumerable.Range(0, dataset.Count).Select(dataset.LabelOf));
    }

    [Theory]
    [InlineData("", "lists no image")]
    [InlineData("path,label\n", "lists no image")]
    [InlineData("a.jpg,x\nmissing.jpg,x\n", "line 2", "missing.jpg")]
    [InlineData("a.jpg\n", "line 1", "expected a path and a label")]
    [InlineData("a.jpg,x\n\n,y\n", "line 3", "expected a path and a label")]
    [InlineData("a.jpg,\n", "line 1", "expected a path and a label")]
    [InlineData("\"a.jpg,x\n", "line 1", "not closed")]
    [InlineData("\"a.jpg\"x,y\n", "line 1", "follows the closing quote")]
    public void Refuses_bad_lines_and_names_them(string text, params string[] parts)
    {
        DatasetException error = Assert.Throws<DatasetException>(() => Open("list.csv", text));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Refuses_a_listing_that_is_not_there()
    {
        DatasetException error = Assert.Throws<DatasetException>(() => ImageList.Open("/no/such.csv"));
        Assert.Contains("/no/such.csv", error.Message, StringComparison.Ordinal);
    }

    private static ImageList Open(string name, string text)
    {
        using SampleFolder folder = new SampleFolder().With("a.jpg", "b.jpg", "deep/c, \"d\".jpg");
        File.WriteAllText(folder.File(name), text);
        return ImageList.Open(folder.File(name));
    }
}

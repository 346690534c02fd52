namespace TransferLearning.Tests;

public class ImageListTargetTests
{
    [Fact]
    public void Several_labels_stand_between_separators()
    {
        ImageListOptions options = new() { LabelSeparator = '|' };
        using ImageList dataset = Open("path,label\na.jpg,dog|cat\nb.jpg,\nc.jpg, cat | cat \n", options);
        Assert.Equal(["cat", "dog"], dataset.ClassNames);
        Assert.Equal([new LabelsTarget([0, 1]), new LabelsTarget([]), new LabelsTarget([0])], Targets(dataset));
        Assert.Equal([1, 0, 0], Enumerable.Range(0, 3).Select(dataset.LabelOf)); // the first one in the file, or 0
    }

    [Fact]
    public void A_sample_that_is_read_has_its_target()
    {
        using SampleFolder folder = new SampleFolder().With("a.jpg");
        File.WriteAllText(folder.File("list.csv"), "a.jpg,dog|cat\n");
        using ImageList dataset = ImageList.Open(folder.File("list.csv"), new ImageListOptions { LabelSeparator = '|' });
        Assert.Equal(new LabelsTarget([0, 1]), dataset.Read(0).Target);
        Assert.Equal(new LabelsTarget([0, 2]), dataset.WithClasses(["dog", "emu", "cat"]).Read(0).Target);
    }

    [Fact]
    public void Numbers_come_from_the_column_that_is_named()
    {
        using ImageList dataset = Open("age,file\n41,a.jpg\n-2.5e1,b.jpg\n", new ImageListOptions { Target = "Age" });
        Assert.Equal([new NumberTarget(41), new NumberTarget(-25)], Targets(dataset));
        Assert.Equal(["image"], dataset.ClassNames);
        Assert.Equal("b.jpg", dataset.NameOf(1));
    }

    [Fact]
    public void Columns_without_a_header_are_called_by_their_numbers()
    {
        using ImageList dataset = Open("7,dog,a.jpg\n8,cat,b.jpg\n", new ImageListOptions { Path = "2", Target = "0" });
        Assert.Equal([new NumberTarget(7), new NumberTarget(8)], Targets(dataset));
        using ImageList classes = Open("7,dog,a.jpg\n8,cat,b.jpg\n", new ImageListOptions { Path = "2", Label = "1" });
        Assert.Equal([new ClassTarget(1), new ClassTarget(0)], Targets(classes));
    }

    [Fact]
    public void Given_classes_fix_the_numbers_of_several_labels()
    {
        ImageListOptions options = new() { LabelSeparator = ';', ClassNames = ["emu", "dog", "cat"] };
        using ImageList dataset = Open("a.jpg,cat;dog\n", options);
        Assert.Equal([new LabelsTarget([1, 2])], Targets(dataset));
        Assert.EndsWith("(without samples of 'emu')", dataset.ToString());
        DatasetException error = Assert.Throws<DatasetException>(() => Open("a.jpg,cat;owl\n", options));
        Assert.Contains("line 1: the label 'owl' is none of the 3 given classes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_are_part_of_the_fingerprint()
    {
        using SampleFolder folder = new SampleFolder().With("a.jpg");
        string Fingerprint(string text, ImageListOptions options)
        {
            File.WriteAllText(folder.File("list.csv"), text);
            using ImageList dataset = ImageList.Open(folder.File("list.csv"), options);
            return dataset.Fingerprint;
        }

        ImageListOptions number = new() { Path = "0", Target = "1" };
        Assert.NotEqual(Fingerprint("a.jpg,1\n", number), Fingerprint("a.jpg,2\n", number));
        ImageListOptions several = new() { LabelSeparator = '|', ClassNames = ["x", "y"] };
        Assert.NotEqual(Fingerprint("a.jpg,x\n", several), Fingerprint("a.jpg,x|y\n", several));
        Assert.Equal(Fingerprint("a.jpg,y|x\n", several), Fingerprint("a.jpg,y|x|x\n", several));
    }

    [Theory]
    [InlineData("path,age\na.jpg,old\n", "line 2", "'old' in the column 'age' is not a finite number")]
    [InlineData("path,age\na.jpg,NaN\n", "line 2", "'NaN'")]
    [InlineData("path,age\na.jpg,1e99\n", "line 2", "'1e99'")]
    [InlineData("path,age\na.jpg,\n", "line 2", "expected a path and its number")]
    [InlineData("path,weight\na.jpg,1\n", "line 1", "the first row (path, weight)", "path or file or filename or image", "(age)")]
    [InlineData("path,age\n", "lists no image", "its number")]
    public void Refuses_bad_numbers_and_names_the_line(string text, params string[] parts)
    {
        DatasetException error = Assert.Throws<DatasetException>(() => Open(text, new ImageListOptions { Target = "age" }));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_and_numbers_exclude_each_other()
    {
        ImageListOptions both = new() { Target = "age", LabelSeparator = '|' };
        ArgumentException error = Assert.Throws<ArgumentException>(() => ImageList.Open("list.csv", both));
        Assert.Contains("Target", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Views_and_the_order_of_another_list_keep_the_targets()
    {
        using ImageList dataset = Open("path,label\na.jpg,dog|cat\nb.jpg,cat\n", new ImageListOptions { LabelSeparator = '|' });
        Dataset view = dataset.WithClasses(["dog", "emu", "cat"]).Skip(1);
        Assert.Equal(new LabelsTarget([2]), view.TargetOf(0));
    }

    private static IEnumerable<Target> Targets(Dataset dataset) => Enumerable.Range(0, dataset.Count).Select(dataset.TargetOf);

    private static ImageList Open(string text, ImageListOptions options)
    {
        using SampleFolder folder = new SampleFolder().With("a.jpg", "b.jpg", "c.jpg");
        File.WriteAllText(folder.File("list.csv"), text);
        return ImageList.Open(folder.File("list.csv"), options);
    }
}

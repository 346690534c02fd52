namespace TransferLearning.Tests;

public sealed class TextSourcesTests : IDisposable
{
    private readonly SampleFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_of_two_files_belong_together()
    {
        using Dataset set = ParallelText.Open(Write("a.en", "one\n\nthree"), Write("a.de", "eins\r\n\r\ndrei\r\n"));
        Assert.Equal(
            [new TextContent("one"), new TextContent(""), new TextContent("three")], Enumerable.Range(0, 3).Select(i => set.Read(i).Input));
        Assert.Equal([new TextTarget("eins"), new TextTarget(""), new TextTarget("drei")], Enumerable.Range(0, 3).Select(set.TargetOf));
        DatasetException error = Assert.Throws<DatasetException>(
            () => ParallelText.Open(Write("b.en", "one\ntwo\n"), Write("b.de", "eins\n")));
        Assert.Contains("b.en' has 2 lines", error.Message, StringComparison.Ordinal);
        Assert.Contains("b.de' has 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_real_translations()
    {
        using Dataset set = ParallelText.Open(SharedData.Path("text/multi30k_train.en.gz"), SharedData.Path("text/multi30k_train.de.gz"));
        Assert.Equal(29_000, set.Count);
        Assert.Equal("Two young, White males are outside near many bushes.", ((TextContent)set.Read(0).Input).Text);
        Assert.Equal("Mehrere Männer mit Schutzhelmen bedienen ein Antriebsradsystem.", ((TextTarget)set.Read(1).Target).Text);
    }

    [Fact]
    public void Lines_for_language_models_leave_blank_ones_out()
    {
        using Dataset set = TextLines.Open(Write("a.txt", "one\n \n\ntwo\n"));
        Assert.Equal([new TextContent("one"), new TextContent("two")], Enumerable.Range(0, set.Count).Select(i => set.Read(i).Input));
        Assert.Contains("no line", Assert.Throws<DatasetException>(() => TextLines.Open(Write("b.txt", "\n\n"))).Message);
    }

    [Fact]
    public void Documents_from_anywhere_become_a_set_outside_memory()
    {
        using (
            Dataset set = TextLines.From(
                Enumerable.Range(0, 1000).Select(i => i % 10 == 9 ? " " : $"document {i}\nwith lines 猫"), "articles"))
        {
            Assert.Equal(900, set.Count);
            Assert.Equal("document 10\nwith lines 猫", ((TextContent)set.Read(9).Input).Text);
            Assert.Equal("articles row 10", set.NameOf(9));
            Assert.Equal(900, set.Shuffle(1).Take(2000).Count);
        }

        Assert.Throws<DatasetException>(() => TextLines.From([]));
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() => TextLines.From(Endless(source), cancellationToken: source.Token));

        static IEnumerable<string> Endless(CancellationTokenSource source)
        {
            for (int i = 0; ; i++)
            {
                yield return "text";
                if (i == 100)
                {
                    source.Cancel();
                }
            }
        }
    }

    [Fact]
    public void Sentences_of_tagged_words_stand_between_blank_lines()
    {
        string path = Write(
            "a.conll",
            "-DOCSTART- -X- O O\r\n\r\nEU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n \r\n\r\nPeter\tNNP\tB-NP\tB-PER\nBlackburn NNP I-NP "
                + "I-PER\n. . O O");
        using Dataset set = ConllFile.Open(path);
        Assert.Equal(["B-ORG", "B-PER", "I-PER", "O"], set.ClassNames);
        Assert.Equal(2, set.Count);
        WordsContent first = (WordsContent)set.Read(0).Input;
        Assert.Equal(["EU", "rejects"], first.Words);
        Assert.Equal([0, 3], ((TagsTarget)set.TargetOf(0)).Tags);
        WordsContent second = (WordsContent)set.Read(1).Input;
        Assert.Equal(["Peter", "Blackburn", "."], second.Words);
        Assert.Equal([1, 2, 3], ((TagsTarget)set.TargetOf(1)).Tags);
        Assert.Equal([0, 0], [set.LabelOf(0), set.LabelOf(1)]);

        using Dataset phrases = ConllFile.Open(path, new() { TagColumn = 2, ClassNames = ["O", "B-NP", "I-NP", "B-VP"] });
        Assert.Equal([1, 2, 0], ((TagsTarget)phrases.TargetOf(1)).Tags);
    }

    [Theory]
    [InlineData("a O\nword\n", "line 2", "1 columns")]
    [InlineData("a O\n\nb B-X\nc\n", "line 4", "1 columns")]
    [InlineData("a O\nNew York B-LOC\n", "line 2", "expected 2 columns", "found 3")]
    [InlineData("a O\n\nNew York B-LOC\n", "line 3", "expected 2 columns", "found 3")]
    [InlineData("\n\n-DOCSTART- O\n\n", "no sentence")]
    public void Refuses_words_without_a_tag(string text, params string[] parts)
    {
        DatasetException error = Assert.Throws<DatasetException>(() => ConllFile.Open(Write("a.conll", text)));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Questions_have_their_answers_in_the_text()
    {
        string json = """
            {"version": "v2.0", "data": [{"title": "t", "paragraphs": [{"context": "😀 The cat sat on the mat.", "qas": [
              {"id": "q1", "question": "Who sat?", "answers": [{"text": "The cat", "answer_start": 2}, {"text": "cat", "answer_start": 6}], "is_impossible": false},
              {"id": "q2", "question": "Why?", "answers": [], "is_impossible": true}]}]}]}
            """;
        using Dataset set = SquadFile.Open(Write("a.json", json));
        Assert.Equal(["q1", "q2"], [set.NameOf(0), set.NameOf(1)]);
        QuestionContent first = (QuestionContent)set.Read(0).Input;
        // Characters of C#, not code points.
        Assert.Equal([new TextAnswer("The cat", 3), new TextAnswer("cat", 7)], ((AnswersTarget)set.TargetOf(0)).Answers);
        Assert.Equal("The cat", first.Context.Substring(3, 7));
        Assert.Empty(((AnswersTarget)set.TargetOf(1)).Answers);
        Assert.Same(first.Context, ((QuestionContent)set.Read(1).Input).Context);

        Assert.Contains(
            "'q1'",
            Assert.Throws<DatasetException>(
                () => SquadFile.Open(
                    Write("b.json", json.Replace("\"answer_start\": 2", "\"answer_start\": 999", StringComparison.Ordinal)))).Message);
        Assert.Contains("SQuAD", Assert.Throws<DatasetException>(() => SquadFile.Open(Write("c.json", "{\"data\": 3}"))).Message);
        Assert.Contains("SQuAD", Assert.Throws<DatasetException>(() => SquadFile.Open(Write("d.json", "{\"da"))).Message);
        Assert.Contains("no question", Assert.Throws<DatasetException>(() => SquadFile.Open(Write("e.json", "{\"data\": []}"))).Message);
    }

    [Fact]
    public void Folders_of_texts_have_their_names_as_classes()
    {
        _folder.With(
            "train/sport/2.txt",
            "train/sport/deep/1.TXT",
            "train/arts/1.txt",
            "train/arts/.hidden.txt",
            "train/arts/readme.md",
            "train/loose.txt");
        using Dataset set = TextFolder.Open(_folder.Root, "train");
        Assert.Equal(["arts", "sport"], set.ClassNames);
        Assert.Equal(
            ["train/arts/1.txt", "train/sport/2.txt", "train/sport/deep/1.TXT"], Enumerable.Range(0, set.Count).Select(set.NameOf));
        Assert.Equal([0, 1, 1], Enumerable.Range(0, set.Count).Select(set.LabelOf));
        Assert.Equal(new TextContent("train/sport/2.txt"), set.Read(1).Input);

        File.WriteAllBytes(_folder.File("train/arts/1.txt"), [0xFF, 0x41]);
        Assert.Contains("UTF-8", Assert.Throws<DatasetException>(() => set.Read(0)).Message);
        Assert.Contains("TextFolder.Open", Assert.Throws<DatasetException>(() => TextFolder.Open(_folder.Root)).Message);
        Assert.Contains("no folder", Assert.Throws<DatasetException>(() => TextFolder.Open(_folder.File("nowhere"))).Message);
    }

    [Fact]
    public void Folders_of_texts_take_given_classes()
    {
        _folder.With("val/sport/1.txt");
        Directory.CreateDirectory(_folder.File("val/arts"));
        using Dataset set = TextFolder.Open(_folder.Root, "val", classNames: ["sport", "news", "arts"]);
        Assert.Equal(["sport", "news", "arts"], set.ClassNames);
        Assert.Equal(0, set.LabelOf(0));
        Assert.EndsWith("(without samples of 'news', 'arts')", set.ToString());
        DatasetException error = Assert.Throws<DatasetException>(() => TextFolder.Open(_folder.Root, "val", classNames: ["news"]));
        Assert.Contains("The folders are 'arts', 'sport'; the given classes are 'news'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_in_memory_are_distinguished_by_their_fingerprint()
    {
        string[] prints = [.. new (SampleContent Input, Target Target)[]
        {
            (new TextContent("a"), NoTarget.Instance), (new TextContent("a", ""), NoTarget.Instance),
            (new TextContent("a"), new NumberTarget(1)),
            (new TextContent("a"), new LabelsTarget([])), (new TextContent("a"), new TextTarget("b")),
            (new TextContent("ab"), new TextTarget("")),
            (new WordsContent(["a"]), new TagsTarget([0])), (new WordsContent(["a"]), new TagsTarget([1])),
            (new QuestionContent("a", "b"), new AnswersTarget([])), (
                new QuestionContent("a", "b"), new AnswersTarget([new TextAnswer("b", 0)])),
        }.Select(entry => new InMemoryDataset([new Sample("s", entry.Input, entry.Target)], ["c", "d"]).Fingerprint)];
        Assert.Equal(prints.Length, prints.Distinct().Count());
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}

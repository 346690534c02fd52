using System.Formats.Tar;
using System.IO.Compression;

namespace TransferLearning.Tests;

public sealed class AudioDatasetTests : IDisposable
{
    private static readonly byte[] Sound = SoundBytes.Wav(SoundBytes.Data([1, 2, 3]));

    private readonly string _root = Directory.CreateTempSubdirectory("sounds").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("folder")]
    [InlineData("all.zip")]
    [InlineData("all.tar")]
    public void Folders_of_classes_are_read_from_a_folder_a_zip_and_a_tar(string kind)
    {
        string folder = Path.Combine(_root, "folder");
        Write("folder/data/train/cat/1.WAV", Sound);
        Write("folder/data/train/cat/deep/2.flac", Sound);
        Write("folder/data/train/dog/3.mp3", [.. Sound, 9]);
        Write("folder/data/train/dog/note.txt", Sound);
        string path = Path.Combine(_root, kind);
        if (kind == "all.zip")
        {
            ZipFile.CreateFromDirectory(folder, path);
        }
        else if (kind == "all.tar")
        {
            TarFile.CreateFromDirectory(folder, path, includeBaseDirectory: false);
        }

        using AudioFolder sounds = AudioFolder.Open(path, subfolder: kind == "folder" ? "data/train" : "train");
        Assert.Equal(["cat", "dog"], sounds.ClassNames);
        Assert.Equal([0, 0, 1], Enumerable.Range(0, sounds.Count).Select(sounds.LabelOf));
        Assert.EndsWith("cat/1.WAV", sounds.NameOf(0), StringComparison.Ordinal);
        EncodedAudio audio = Assert.IsType<EncodedAudio>(sounds.Read(2).Input);
        Assert.Equal([.. Sound, 9], audio.Bytes.ToArray());
        Assert.NotEqual(sounds.ContentMark(1), sounds.ContentMark(2));
    }

    [Fact]
    public void A_folder_without_sounds_says_what_is_expected()
    {
        Write("folder/cat/1.jpg", Sound);
        DatasetException error = Assert.Throws<DatasetException>(() => AudioFolder.Open(Path.Combine(_root, "folder")));
        Assert.Contains("wav, wave, flac, ogg, oga, opus, mp3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.csv", "path,text\n1.wav,one two\n2.wav,\n")]
    [InlineData("a.tsv", "file\ttext\n1.wav\tone two\n2.wav\t\n")]
    [InlineData(
        "a.jsonl",
        "{\"audio_filepath\": \"1.wav\", \"duration\": 1, \"text\": \"one two\"}\n{\"audio_filepath\": \"2.wav\", \"text\": \"\"}\n")]
    public void Listings_give_transcripts(string name, string text)
    {
        Write("1.wav", Sound);
        Write("2.wav", Sound);
        Write(name, System.Text.Encoding.UTF8.GetBytes(text));
        using AudioList sounds = AudioList.Open(Path.Combine(_root, name), new AudioListOptions { Text = "text" });
        Assert.Equal([new TextTarget("one two"), new TextTarget("")], Enumerable.Range(0, 2).Select(sounds.TargetOf));
        Assert.IsType<EncodedAudio>(sounds.Read(1).Input);
    }

    [Fact]
    public void Listings_give_classes_labels_and_numbers()
    {
        Write("1.wav", Sound);
        Write("2.wav", Sound);
        Write("a.csv", "path,label,age\n1.wav,dog|cat,3\n2.wav,cat,4.5\n"u8.ToArray());
        string path = Path.Combine(_root, "a.csv");
        using AudioList classes = AudioList.Open(path);
        Assert.Equal(["cat", "dog|cat"], classes.ClassNames);
        using AudioList labels = AudioList.Open(path, new AudioListOptions { LabelSeparator = '|' });
        Assert.Equal([0, 1], Assert.IsType<LabelsTarget>(labels.TargetOf(0)).Labels);
        using AudioList numbers = AudioList.Open(path, new AudioListOptions { Target = "age" });
        Assert.Equal(new NumberTarget(4.5), numbers.TargetOf(1));
        Assert.Throws<ArgumentException>(() => AudioList.Open(path, new AudioListOptions { Target = "age", Text = "label" }));
        File.Delete(Path.Combine(_root, "2.wav"));
        DatasetException error = Assert.Throws<DatasetException>(() => AudioList.Open(path));
        Assert.Contains("there is no sound", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LibriSpeech_and_Common_Voice_lie_as_they_are_published()
    {
        Write("libri/19/198/19-198-0000.flac", Sound);
        Write("libri/19/198/19-198-0001.flac", Sound);
        Write("libri/19/198/19-198.trans.txt", "19-198-0000 NORTHANGER ABBEY\n19-198-0001 THIS LITTLE WORK\n"u8.ToArray());
        using AudioList libri = AudioList.OpenLibriSpeech(Path.Combine(_root, "libri"));
        Assert.Equal(2, libri.Count);
        Assert.Equal(("19/198/19-198-0001.flac", new TextTarget("THIS LITTLE WORK")), (libri.NameOf(1), (TextTarget)libri.TargetOf(1)));
        Write("libri/19/198/19-198.trans.txt", "../19-198-0000 A\n"u8.ToArray());
        Assert.Contains(
            "there is no sound '../19-198-0000'",
            Assert.Throws<DatasetException>(() => AudioList.OpenLibriSpeech(Path.Combine(_root, "libri"))).Message,
            StringComparison.Ordinal);

        Write("cv/clips/a.mp3", Sound);
        Write("cv/validated.tsv", "client_id\tpath\tsentence\tage\nx\ta.mp3\t\"Hello\", he said.\t\n"u8.ToArray());
        using AudioList voices = AudioList.OpenCommonVoice(Path.Combine(_root, "cv"));
        Assert.Equal(new TextTarget("\"Hello\", he said."), voices.TargetOf(0));
    }

    private void Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}

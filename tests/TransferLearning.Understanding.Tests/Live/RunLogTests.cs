using System.Globalization;
using System.Text;

namespace TransferLearning.Tests;

public sealed class RunLogTests
{
    private static readonly Dataset Images = SmallSets.Images(12, SmallSets.Colours);

    [Fact]
    public void The_checksum_is_crc_32c_masked()
    {
        // 0xE3069283 is the published check value of CRC-32C.
        Assert.Equal(0xE3069283, Crc("123456789"u8));
        Assert.Equal(Mask(0xE3069283), EventFile.Checksum("123456789"u8));
    }

    [Fact]
    public void A_run_feeds_tensorboard_a_csv_file_and_progress_at_once()
    {
        using TemporaryFolder folder = new();
        List<TrainingProgress> shown = [];
        TrainingHistory history;
        using (TensorBoardLog board = new(folder.File("board")))
        using (CsvLog csv = new(folder.File("log/run.csv")))
        using (ImageModel model = SmallSets.ImageModel(SmallSets.Colours))
        {
            history = model.FineTune(
                Images, new Sgd(0.01), Options(board, csv), progress: new Immediate<TrainingProgress>(shown.Add));
        }

        Assert.Equal(2, shown.Count(report => report.EpochResult is not null));
        List<(long Step, string Tag, float Value)> scalars = Scalars(folder.File("board"));
        Assert.Equal(Enumerable.Range(1, 6).Select(i => (long)i), Steps(scalars, "training/loss"));
        Assert.Equal(Enumerable.Range(1, 6).Select(i => (long)i), Steps(scalars, "training/gradient_norm"));
        Assert.Equal([3L, 6], Steps(scalars, "validation/accuracy"));
        Assert.Equal((float)history.Epochs[1].ValidationLoss!, scalars.Last(scalar => scalar.Tag == "validation/loss").Value);
        Assert.Equal((float)history.Epochs[1].Loss, scalars.Last(scalar => scalar.Tag == "epoch/loss").Value);
        Assert.All(scalars.Where(scalar => scalar.Tag == "training/learning_rate"), scalar => Assert.Equal(0.01f, scalar.Value));

        string[][] rows = Rows(folder.File("log/run.csv"));
        Assert.Equal(11, rows[0].Length);
        Assert.Equal(["1", "2", "3", "3", "3", "4", "5", "6", "6", "6"], rows.Skip(1).Select(row => row[0]));
        Assert.Equal(["training", "training", "training", "validation", "epoch"], rows.Skip(1).Take(5).Select(row => row[2]));
        Assert.Equal(history.Epochs[0].Loss, double.Parse(rows[5][3], CultureInfo.InvariantCulture));
        Assert.Equal("accuracy", rows[4][5]);
    }

    [Fact]
    public void A_run_that_was_killed_resumes_without_a_step_twice()
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run");
        CheckpointPolicy everyOther = new(run) { EverySteps = 2, Every = null };

        // The run is cancelled in its fourth step, but its checkpoint lies at the second.
        using CancellationTokenSource stop = new();
        using (TensorBoardLog board = new(folder.File("board")))
        using (CsvLog csv = new(folder.File("run.csv")))
        using (ImageModel model = SmallSets.ImageModel(SmallSets.Colours))
        {
            Immediate<TrainingEvent> watch = new(happened =>
            {
                if (happened is TrainingEvent.StepTaken { Step: 4 })
                {
                    stop.Cancel();
                }
            });
            FineTuneOptions options = Options(board, csv, watch) with { Checkpoints = everyOther };
            model.FineTune(Images, new Sgd(0.01), options, resume: run, cancellationToken: stop.Token);
        }

        // What a kill leaves: half a line, half a record, and steps after the checkpoint.
        File.AppendAllText(folder.File("run.csv"), "5,2,train");
        string file = Directory.GetFiles(folder.File("board"))[0];
        using (FileStream open = new(file, FileMode.Append))
        {
            open.Write([1, 2, 3, 4, 5]);
        }

        File.WriteAllText(folder.File("board/events.out.tfevents.1.other"), "of another program");
        using (TensorBoardLog board = new(folder.File("board")))
        using (CsvLog csv = new(folder.File("run.csv")))
        using (ImageModel model = SmallSets.ImageModel(SmallSets.Colours))
        {
            FineTuneOptions options = Options(board, csv) with { Checkpoints = everyOther };
            Assert.Equal(6, model.FineTune(Images, new Sgd(0.01), options, resume: run).Steps);
        }

        Assert.Equal("of another program", File.ReadAllText(folder.File("board/events.out.tfevents.1.other")));
        File.Delete(folder.File("board/events.out.tfevents.1.other"));
        List<(long Step, string Tag, float Value)> scalars = Scalars(folder.File("board"));
        Assert.Equal(scalars.Count, scalars.Select(scalar => (scalar.Step, scalar.Tag)).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 6).Select(i => (long)i), Steps(scalars, "training/loss").Order());
        Assert.Equal([3L, 6], Steps(scalars, "epoch/loss").Order());
        string[] keys = [.. Rows(folder.File("run.csv")).Skip(1).Select(row => $"{row[0]} {row[2]}")];
        Assert.Equal(
            [
                "1 training", "2 training", "3 training", "3 validation", "3 epoch",
                "4 training", "5 training", "6 training", "6 validation", "6 epoch",
            ],
            keys);
    }

    [Fact]
    public void What_is_kept_of_the_step_of_the_checkpoint_is_not_written_again()
    {
        using TemporaryFolder folder = new();
        TrainingEvent.EpochEnded end = new(3, new EpochResult(1, 0.5, 0.75, 0.1, 2, 6));
        for (int run = 0; run < 2; run++)
        {
            using TensorBoardLog board = new(folder.File("board"));
            using CsvLog csv = new(folder.File("run.csv"));
            foreach (RunLog log in new RunLog[] { board, csv })
            {
                log.Report(new TrainingEvent.Started(run * 3, 6));
                log.Report(new TrainingEvent.StepTaken(3, 1, 0.1, null, null));
                log.Report(end);
                log.Report(new TrainingEvent.StepTaken(4, 2, 0.1, 1.5, null));
            }
        }

        Assert.Equal([3L, 4], Steps(Scalars(folder.File("board")), "training/learning_rate").Order());
        Assert.Equal([4L], Steps(Scalars(folder.File("board")), "training/loss")); // a loss that was not read yet is left out
        Assert.Equal(["3", "3", "4"], Rows(folder.File("run.csv")).Skip(1).Select(row => row[0]));
    }

    [Fact]
    public void A_new_run_replaces_an_older_one_and_a_log_holds_one_run()
    {
        using TemporaryFolder folder = new();
        using (TensorBoardLog board = new(folder.Path))
        {
            board.Report(new TrainingEvent.Started(0, 5));
            board.Report(new TrainingEvent.StepTaken(1, 1, 0.1, 7, null));
            Assert.Throws<InvalidOperationException>(() => board.Report(new TrainingEvent.Started(0, 5)));
        }

        using (TensorBoardLog board = new(folder.Path))
        {
            board.Report(new TrainingEvent.Started(0, 5));
            board.Report(new TrainingEvent.StepTaken(1, 1, 0.1, 8, null));
            Assert.Contains((1L, "training/loss", 8f), Scalars(folder.Path)); // at once
            Assert.DoesNotContain((1L, "training/loss", 7f), Scalars(folder.Path));
        }

        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_file_of_somebody_else_is_refused_and_names_are_quoted()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("notes.csv"), "my,notes\n1,2\n");
        using (CsvLog csv = new(folder.File("notes.csv")))
        {
            Assert.Throws<InvalidDataException>(() => csv.Report(new TrainingEvent.Started(0, 5)));
        }

        Assert.Equal("my,notes\n1,2\n", File.ReadAllText(folder.File("notes.csv")));
        using (CsvLog csv = new(folder.File("run.csv")))
        {
            csv.Report(new TrainingEvent.Started(0, 5));
            csv.Report(new TrainingEvent.Evaluated(new TrainingEvaluation(1, 1, 0.5, new Score("F1, \"strict\"", 0.25), true)));
        }

        Assert.Equal("1,1,validation,0.5,,\"F1, \"\"strict\"\"\",0.25,,,,", File.ReadAllLines(folder.File("run.csv"))[1]);
    }

    [Fact]
    public void Damaged_event_files_of_any_length_are_cut_off_where_they_are_damaged()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("events.out.tfevents.1.x.transferlearning");
        using (EventFile file = new(path, 0, TimeProvider.System))
        {
            file.Write(1, [("training/loss", 1)]);
            file.Write(2, [("training/loss", 2)]);
        }

        byte[] whole = File.ReadAllBytes(path);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x55;
            File.WriteAllBytes(path, damaged);
            EventFile.Cut(path, 9);
            Assert.True(!File.Exists(path) || new FileInfo(path).Length < whole.Length, $"byte {i}");
        }

        byte[] longest = BitConverter.GetBytes(long.MaxValue);
        File.WriteAllBytes(path, [.. longest, .. BitConverter.GetBytes(EventFile.Checksum(longest))]);
        Assert.Empty(EventFile.Cut(path, 9));
        Assert.False(File.Exists(path));
    }

    private static FineTuneOptions Options(params IProgress<TrainingEvent>[] observers) => new()
    {
        Epochs = 2,
        BatchSize = 4,
        Workers = 0,
        Validation = Images,
        Clipping = new ClipByNorm(1),
        Observers = observers,
    };

    private static string[][] Rows(string path) => [.. File.ReadAllLines(path).Select(line => line.Split(','))];

    private static IEnumerable<long> Steps(List<(long Step, string Tag, float Value)> scalars, string tag)
        => scalars.Where(scalar => scalar.Tag == tag).Select(scalar => scalar.Step);

    // A reader of its own: records, checksums, and the few fields of the protocol buffers that TensorBoard looks at.
    private static List<(long Step, string Tag, float Value)> Scalars(string folder)
    {
        List<(long Step, string Tag, float Value)> scalars = [];
        foreach (string path in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        {
            using FileStream open = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using BinaryReader file = new(open);
            bool isFirst = true;
            while (open.Position < open.Length)
            {
                byte[] length = file.ReadBytes(8);
                Assert.Equal(Mask(Crc(length)), file.ReadUInt32());
                byte[] record = file.ReadBytes((int)BitConverter.ToUInt64(length));
                Assert.Equal(Mask(Crc(record)), file.ReadUInt32());
                Dictionary<int, List<byte[]>> happened = Fields(record);
                Assert.InRange(BitConverter.ToDouble(happened[1][0]), 1.6e9, 1e11);
                long step = BitConverter.ToInt64(happened[2][0]);
                if (isFirst)
                {
                    Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(happened[3][0]));
                    isFirst = false;
                }

                foreach (byte[] value in happened.TryGetValue(5, out List<byte[]>? summary) ? Fields(summary[0])[1] : [])
                {
                    Dictionary<int, List<byte[]>> parts = Fields(value);
                    scalars.Add((step, Encoding.UTF8.GetString(parts[1][0]), BitConverter.ToSingle(parts[2][0])));
                }
            }
        }

        return scalars;
    }

    private static Dictionary<int, List<byte[]>> Fields(byte[] message)
    {
        Dictionary<int, List<byte[]>> fields = [];
        for (int at = 0; at < message.Length;)
        {
            long key = Number();
            byte[] content = (key & 7) switch
            {
                0 => BitConverter.GetBytes(Number()),
                1 => Take(8),
                2 => Take((int)Number()),
                5 => Take(4),
                _ => throw new InvalidDataException($"Wire type {key & 7}"),
            };
            if (!fields.TryGetValue((int)(key >> 3), out List<byte[]>? same))
            {
                fields.Add((int)(key >> 3), same = []);
            }

            same.Add(content);

            long Number()
            {
                long number = 0;
                for (int shift = 0; ; shift += 7)
                {
                    byte one = message[at++];
                    number |= (long)(one & 127) << shift;
                    if (one < 128)
                    {
                        return number;
                    }
                }
            }

            byte[] Take(int count) => message[at..(at += count)];
        }

        return fields;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }

    private static uint Mask(uint crc) => unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
}

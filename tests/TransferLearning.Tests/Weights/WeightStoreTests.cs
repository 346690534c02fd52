using System.Diagnostics;
using System.Security.Cryptography;

namespace TransferLearning.Tests;

public sealed class WeightStoreTests : IDisposable
{
    private static readonly byte[] Content = MakeContent(300_000);
    private static readonly string Digest = Convert.ToHexStringLower(SHA256.HashData(Content));

    private readonly string _root = Directory.CreateTempSubdirectory("weights").FullName;

    private string Home => Path.Combine(_root, "home");

    private string Target => Path.Combine(Home, "net.pth");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Downloads_the_whole_file_and_nothing_else_stays()
    {
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        List<DownloadProgress> reports = [];
        string path = await Store().GetFileAsync(Entry(server), new Immediate(reports.Add), TestContext.Current.CancellationToken);
        Assert.Equal(Target, path);
        Assert.Equal(Content, File.ReadAllBytes(path));
        Assert.Equal([Target], Directory.GetFiles(Home));
        Assert.Equal(new DownloadProgress("net.pth", Content.Length, Content.Length), reports[^1]);
        Assert.Equal(path, await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken));
        Assert.Single(server.Ranges);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative/home")]
    public void Without_a_home_folder_nothing_goes_to_the_working_directory(string home)
    {
        WeightStore store = new(new WeightStoreOptions { Variable = _ => null, UserFolder = () => home });
        WeightEntry entry = ModelCatalog.Get("resnet18").Weights[0];
        Assert.Contains(
            "TRANSFERLEARNING_HOME", Assert.Throws<WeightStoreException>(() => store.GetFile(entry)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "TRANSFERLEARNING_HOME",
            Assert.Throws<DirectoryNotFoundException>(() => store.DownloadFolder).Message,
            StringComparison.Ordinal);
        Assert.Null(store.Find(entry, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_home_folder_that_does_not_exist_yet_is_still_the_users()
    {
        WeightStoreOptions options = new() { Variable = _ => null, UserFolder = () => Path.Combine(_root, "new") };
        Assert.Equal(Path.Combine(_root, "new", ".cache", "torch", "hub", "checkpoints"), new WeightStore(options).DownloadFolder);
    }

    [Fact]
    public void The_synchronous_form_does_the_same()
    {
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        Assert.Null(Store().Find(Entry(server), TestContext.Current.CancellationToken));
        Assert.Equal(Target, Store().GetFile(Entry(server), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(Target, Store().Find(Entry(server), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Goes_on_where_the_connection_was_cut()
    {
        using FileServer server = new((context, number) => FileServer.SendAsync(context, Content, cutAfter: number == 0 ? 100_000 : null));
        await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal(2, server.Ranges.Count);
        Assert.Matches("^bytes=[1-9][0-9]*-$", server.Ranges.Last());
        Assert.Equal("\"1\"", server.IfRanges.Last());
    }

    [Fact]
    public async Task Goes_on_with_what_an_earlier_process_left()
    {
        LeavePart(Content[..123_456], "\"1\"");
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        List<DownloadProgress> reports = [];
        await Store().GetFileAsync(Entry(server), new Immediate(reports.Add), TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal("bytes=123456-", Assert.Single(server.Ranges));
        Assert.True(reports[0].Bytes > 123_456);
        Assert.Equal([Target], Directory.GetFiles(Home));
    }

    [Fact]
    public async Task A_part_that_is_whole_already_is_only_verified()
    {
        LeavePart(Content, "\"1\"");
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(Target));
    }

    [Fact]
    public async Task Starts_again_when_the_file_changed_on_the_server()
    {
        LeavePart(new byte[1000], "\"0\"");
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(Target));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(400_000)]
    public async Task Starts_again_once_when_the_part_turns_out_to_be_of_another_file(int length)
    {
        LeavePart(new byte[length], null);
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content, tag: null));
        await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal([$"bytes={length}-", ""], server.Ranges);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_sends_the_whole_again()
    {
        using FileServer server = new((context, number) =>
        {
            context.Request.Headers.Remove("Range");
            return FileServer.SendAsync(context, Content, cutAfter: number == 0 ? 100_000 : null);
        });
        await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(Target));
    }

    [Fact]
    public async Task A_wrong_file_is_deleted()
    {
        using FileServer server = new((context, _) => FileServer.SendAsync(context, MakeContent(1234)));
        WeightStoreException error = await Fails(Store(), Entry(server), WeightStoreErrorKind.WrongHash);
        Assert.Contains(Digest[..8], error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Home));
        Assert.Single(server.Ranges);
    }

    [Fact]
    public async Task A_wrong_file_ends_even_if_each_answer_is_cut_and_resumed()
    {
        using FileServer server = new(
            (context, number) => FileServer.SendAsync(context, MakeContent(200_000), cutAfter: number % 2 == 0 ? 70_000 : null));
        await Fails(Store(), Entry(server), WeightStoreErrorKind.WrongHash);
        Assert.Equal(4, server.Ranges.Count);
    }

    [Fact]
    public async Task Several_at_once_download_once()
    {
        using FileServer server = new(async (context, _) =>
        {
            await Task.Delay(200, CancellationToken.None);
            await FileServer.SendAsync(context, Content);
        });
        WeightEntry entry = Entry(server);
        string[] paths = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Store().GetFileAsync(entry))));
        Assert.All(paths, path => Assert.Equal(Target, path));
        Assert.Single(server.Ranges);
        Assert.Equal([Target], Directory.GetFiles(Home));
    }

    [Fact]
    public async Task A_lock_of_another_process_is_waited_for()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "Needs the program flock.");
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        Directory.CreateDirectory(Home);
        using Process other = Process.Start(new ProcessStartInfo("/usr/bin/flock", [$"{Target}.lock", "sh", "-c", "echo held; read line"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Task<string> waiting = Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        Assert.Empty(server.Ranges);

        // What the other brings is used.
        File.WriteAllBytes(Target, Content);
        other.StandardInput.WriteLine();
        Assert.Equal(Target, await waiting);
        Assert.Empty(server.Ranges);
    }

    [Theory]
    [InlineData(404, 1)]
    [InlineData(403, 1)]
    [InlineData(503, 3)]
    [InlineData(429, 3)]
    public async Task A_refusal_names_status_address_and_folder(int status, int requests)
    {
        using FileServer server = new((context, _) => FileServer.StatusAsync(context, status));
        WeightStoreException error = await Fails(Store(), Entry(server), WeightStoreErrorKind.Refused);
        Assert.Contains($"{status}", error.Message, StringComparison.Ordinal);
        Assert.Contains(server.Address.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(Home, error.Message, StringComparison.Ordinal);
        Assert.Contains("net.pth", error.Message, StringComparison.Ordinal);
        Assert.Equal(requests, server.Ranges.Count);
    }

    [Fact]
    public async Task A_passing_fault_is_asked_again()
    {
        using FileServer server = new(
            (context, number) => number < 2 ? FileServer.StatusAsync(context, 502) : FileServer.SendAsync(context, Content));
        await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        Assert.Equal(3, server.Ranges.Count);
    }

    [Fact]
    public async Task Without_a_network_the_error_says_what_to_put_where()
    {
        Uri address;
        using (FileServer server = new((context, _) => FileServer.StatusAsync(context, 404)))
        {
            address = server.Address;
        }

        WeightStoreException error = await Fails(Store(), Entry(address), WeightStoreErrorKind.Connection);
        Assert.All([address.ToString(), "net.pth", Home], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_given_up_and_the_part_kept()
    {
        FileServer? server = null;
        using (server = new(async (context, _) =>
        {
            context.Response.ContentLength64 = Content.Length;
            await context.Response.OutputStream.WriteAsync(Content.AsMemory(0, 70_000));
            await context.Response.OutputStream.FlushAsync();
            await server!.Stall();
        }))
        {
            WeightStore store = Store(options => options with { StallTimeout = TimeSpan.FromMilliseconds(150), Attempts = 1 });
            await Fails(store, Entry(server), WeightStoreErrorKind.Stalled);
            Assert.Equal(70_000, new FileInfo(Target + ".part").Length);
            Assert.False(File.Exists(Target));
        }
    }

    [Fact]
    public async Task Cancelling_keeps_what_has_arrived()
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        FileServer? server = null;
        using (server = new(async (context, number) =>
        {
            if (number > 0)
            {
                await FileServer.SendAsync(context, Content);
                return;
            }

            context.Response.Headers["ETag"] = "\"1\"";
            context.Response.ContentLength64 = Content.Length;
            await context.Response.OutputStream.WriteAsync(Content.AsMemory(0, 70_000));
            await context.Response.OutputStream.FlushAsync();
            await server!.Stall();
        }))
        {
            Task<string> running = Store().GetFileAsync(Entry(server), new Immediate(_ => cancel.CancelAfter(100)), cancel.Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            Assert.False(File.Exists(Target));
            Assert.False(File.Exists(Target + ".lock"));
            await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
            Assert.Equal(Content, File.ReadAllBytes(Target));
            Assert.StartsWith("bytes=", server.Ranges.Last(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_too_large_is_refused(bool isLengthSaid)
    {
        using FileServer server = new(async (context, _) =>
        {
            context.Response.SendChunked = !isLengthSaid;
            if (isLengthSaid)
            {
                context.Response.ContentLength64 = Content.Length;
            }

            await context.Response.OutputStream.WriteAsync(Content);
            context.Response.Close();
        });
        await Fails(Store(options => options with { MaximumBytes = Content.Length - 1 }), Entry(server), WeightStoreErrorKind.TooLarge);
        Assert.Empty(Directory.GetFiles(Home));
        await Store(options => options with { MaximumBytes = Content.Length }).GetFileAsync(
            Entry(server), null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_disk_without_room_is_said_before_anything_is_written()
    {
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        WeightStoreException error = await Fails(
            Store(options => options with { FreeBytes = _ => Content.Length - 1 }), Entry(server), WeightStoreErrorKind.Disk);
        Assert.Contains($"{Content.Length - 1}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_fills_up_is_said_and_the_file_is_not_there()
    {
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        WeightStoreException error = await Fails(
            Store(options => options with { OpenPart = path => new FullDisk(path) }), Entry(server), WeightStoreErrorKind.Disk);
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        Assert.Single(server.Ranges);
        await Store().GetFileAsync(Entry(server), null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(Target));
    }

    [Fact]
    public async Task Plain_http_is_refused_unless_allowed()
    {
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        await Fails(Store(options => options with { AllowHttp = false }), Entry(server), WeightStoreErrorKind.InsecureAddress);
        await Fails(Store(), Entry(new Uri("ftp://127.0.0.1/")), WeightStoreErrorKind.InsecureAddress);
        Assert.Empty(server.Ranges);
    }

    [Fact]
    public async Task An_https_address_that_leads_to_http_is_refused()
    {
        using Leading handler = new();
        WeightStore store = Store(options => options with { AllowHttp = false, Handler = handler });
        await Fails(store, Entry(new Uri("https://127.0.0.1/")), WeightStoreErrorKind.InsecureAddress);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(null, "1")]
    [InlineData(null, "true")]
    public async Task Offline_nothing_is_sent(bool? option, string? variable)
    {
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        WeightStore store = Store(
            options => options with { Offline = option, Variable = name => name == "TRANSFERLEARNING_OFFLINE" ? variable : null });
        WeightStoreException error = await Fails(store, Entry(server), WeightStoreErrorKind.Offline);
        Assert.All([server.Address.ToString(), "net.pth", Home], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Empty(server.Ranges);
    }

    [Fact]
    public async Task The_folders_are_looked_at_in_order_and_Pythons_cache_is_used_again()
    {
        string[] folders = [Path.Combine(_root, "code"), Path.Combine(_root, "home"), Path.Combine(_root, "torch", "hub", "checkpoints")];
        Dictionary<string, string> variables = new()
        {
            ["TRANSFERLEARNING_HOME"] = folders[1],
            ["TORCH_HOME"] = Path.Combine(_root, "torch"),
        };
        foreach (string folder in folders)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, "net.pth"), Content);
        }

        WeightStore store = new(new WeightStoreOptions { Path = folders[0], Variable = variables.GetValueOrDefault, Offline = true });
        Assert.Equal(folders[1], store.DownloadFolder);
        foreach (string folder in folders)
        {
            string path = await store.GetFileAsync(Entry(new Uri("https://127.0.0.1/")), null, TestContext.Current.CancellationToken);
            Assert.Equal(Path.Combine(folder, "net.pth"), path);
            File.Delete(path);
        }

        Assert.Null(await store.FindAsync(Entry(new Uri("https://127.0.0.1/")), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_named_in_code_may_have_another_name()
    {
        string path = Path.Combine(_root, "mine.bin");
        File.WriteAllBytes(path, Content);
        WeightStore store = Store(options => options with { Path = path });
        Assert.Equal(path, await store.FindAsync(Entry(new Uri("https://127.0.0.1/")), TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => Store(options => options with { Path = Path.Combine(_root, "absent") }));
    }

    [Theory]
    [InlineData("TORCH_HOME", "{root}", "{root}/hub/checkpoints")]
    [InlineData("XDG_CACHE_HOME", "{root}", "{root}/torch/hub/checkpoints")]
    [InlineData("NONE", "", "{profile}/.cache/torch/hub/checkpoints")]
    [InlineData("TORCH_HOME", "~/t", "{profile}/t/hub/checkpoints")]
    [InlineData("TORCH_HOME", "", "{profile}/.cache/torch/hub/checkpoints")]
    [InlineData("TRANSFERLEARNING_HOME", "{root}", "{root}")]
    public void Downloads_go_home_or_to_PyTorchs_cache(string variable, string value, string expected)
    {
        string profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string Fill(string text)
            => text.Replace("{root}", _root, StringComparison.Ordinal).Replace("{profile}", profile, StringComparison.Ordinal);
        WeightStore store = new(new WeightStoreOptions { Variable = name => name == variable ? Fill(value) : null });
        Assert.Equal(Path.GetFullPath(Fill(expected)), store.DownloadFolder);
    }

    [Fact]
    public async Task A_damaged_file_in_a_folder_is_named_and_left_alone()
    {
        Directory.CreateDirectory(Home);
        File.WriteAllBytes(Target, Content[..1000]);
        using FileServer server = new((context, _) => FileServer.SendAsync(context, Content));
        WeightStoreException error = await Fails(Store(), Entry(server), WeightStoreErrorKind.WrongHash);
        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(Target).Length);
        Assert.Empty(server.Ranges);
    }

    [Fact]
    public async Task A_large_file_is_read_once_until_it_changes()
    {
        Directory.CreateDirectory(Home);
        using (FileStream large = File.Create(Target))
        {
            large.SetLength(WeightVerification.RememberedFrom);
        }

        string digest = await WeightVerification.DigestAsync(Target, TestContext.Current.CancellationToken);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(new byte[WeightVerification.RememberedFrom])), digest);

        // The remembered digest is believed as long as the file is as old and as long as it was, and no longer.
        string remembered = File.ReadAllText(Target + ".verified");
        File.WriteAllText(Target + ".verified", remembered.Replace(digest, new string('0', 64), StringComparison.Ordinal));
        Assert.Equal(new string('0', 64), await WeightVerification.DigestAsync(Target, TestContext.Current.CancellationToken));
        File.SetLastWriteTimeUtc(Target, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(digest, await WeightVerification.DigestAsync(Target, TestContext.Current.CancellationToken));
    }

    private static byte[] MakeContent(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private static WeightEntry Entry(FileServer server) => Entry(server.Address);

    private static WeightEntry Entry(Uri server)
        => new("net", "TEST", new Uri(server, "files/net.pth"), Digest[..8], 10, ImagePreprocess.ImageNet, "none");

    private static async Task<WeightStoreException> Fails(WeightStore store, WeightEntry entry, WeightStoreErrorKind kind)
    {
        WeightStoreException error = await Assert.ThrowsAsync<WeightStoreException>(
            () => store.GetFileAsync(entry, null, TestContext.Current.CancellationToken));
        Assert.Equal(kind, error.Kind);
        Assert.Same(entry, error.Entry);
        return error;
    }

    private WeightStore Store(Func<WeightStoreOptions, WeightStoreOptions>? change = null)
    {
        WeightStoreOptions options = new()
        {
            Home = Home,
            AllowHttp = true,
            Attempts = 3,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            Variable = name => name == "TORCH_HOME" ? Path.Combine(_root, "torch") : null,
        };
        return new WeightStore(change?.Invoke(options) ?? options);
    }

    private void LeavePart(byte[] part, string? tag)
    {
        Directory.CreateDirectory(Home);
        File.WriteAllBytes(Target + ".part", part);
        if (tag is not null)
        {
            File.WriteAllText(Target + ".part.tag", tag);
        }
    }

    private sealed class Immediate(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }

    private sealed class Leading : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => Task.FromResult(new HttpResponseMessage { RequestMessage = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1/x") });
    }

    private sealed class FullDisk(string path) : FileStream(path, FileMode.OpenOrCreate, FileAccess.Write)
    {
        private long _room = 100_000;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _room -= buffer.Length;
            return _room < 0 ? throw new IOException("No space left on device") : base.WriteAsync(buffer, cancellationToken);
        }
    }
}
